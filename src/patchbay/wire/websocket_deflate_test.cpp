// Compressed messages (RFC 7692 section 7.2): its vectors, both kinds of context, each window, and
// what broken or hostile data comes to.
#include "patchbay/wire/websocket_deflate.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "patchbay/wire/websocket_message_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using enum WebSocketOpcode;
using Events = std::vector<WebSocketEvent>;

constexpr FrameShape k_compressed = {.compressed = true};
constexpr FrameShape k_compressed_more = {.final = false, .compressed = true};
constexpr WebSocketDeflate k_no_context = {.server_no_context_takeover = true,
                                           .client_no_context_takeover = true};

// As a client gets it from a server.
ReceiverShape client(const WebSocketDeflate& deflate = {}, std::size_t limit = 1000) {
  return {.role = WebSocketRole::client, .deflate = deflate, .limit = limit};
}

const std::string k_hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
const std::string k_hello_again = "\xf2\x00\x11\x00\x00"s;

std::string sent(WebSocketSender& sender, WebSocketOpcode kind, std::string_view payload) {
  std::string out;
  sender.begin(kind, payload);
  while (!sender.done()) EXPECT_TRUE(sender.next_frame(out, k_test_mask));
  return out;
}

// Without a pattern, and the same each time.
std::string noise(std::size_t size, std::uint32_t state = 1) {
  std::string text(size, '\0');
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return text;
}

// --- the vectors of section 7.2.3 ----------------------------------------------------------------

TEST(WebSocketDeflate, ReadsTheMessageOfTheRfc) {
  EXPECT_EQ(receive("\xc1\x07"s + k_hello, client()).events, (Events{text_event("Hello")}));
}

TEST(WebSocketDeflate, ReadsTheFragmentsOfTheRfc) {
  EXPECT_EQ(receive("\x41\x03\xf2\x48\xcd\x80\x04\xc9\xc9\x07\x00"s, client()).events,
            (Events{text_event("Hello")}));
}

TEST(WebSocketDeflate, ReadsTheSharedContextOfTheRfc) {
  const std::string both =
      plain(text, k_hello, k_compressed) + plain(text, k_hello_again, k_compressed);
  EXPECT_EQ(receive(both, client()).events, (Events{text_event("Hello"), text_event("Hello")}));
}

TEST(WebSocketDeflate, ReadsTheStoredBlockOfTheRfc) {
  const std::string stored = "\xc1\x0b\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00"s;
  EXPECT_EQ(receive(stored, client()).events, (Events{text_event("Hello")}));
}

TEST(WebSocketDeflate, ReadsTheFinalBlockOfTheRfc) {
  const std::string final_block = "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"s;
  EXPECT_EQ(receive(plain(text, final_block, k_compressed), client()).events,
            (Events{text_event("Hello")}));
  // The window outlives it: the next message refers to what came before the end.
  EXPECT_EQ(
      receive(plain(text, final_block, k_compressed) + plain(text, k_hello_again, k_compressed),
              client())
          .events,
      (Events{text_event("Hello"), text_event("Hello")}));
}

TEST(WebSocketDeflate, ReadsTheTwoBlocksOfTheRfc) {
  const std::string two = "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"s;
  EXPECT_EQ(receive(plain(text, two, k_compressed), client()).events,
            (Events{text_event("Hello")}));
}

TEST(WebSocketDeflate, ReadsEmptyMessages) {
  EXPECT_EQ(receive(plain(text, "\0"s, k_compressed), client()).events, (Events{text_event("")}));
  EXPECT_EQ(receive(plain(text, "", k_compressed), client()).events, (Events{text_event("")}));
  EXPECT_EQ(receive(plain(text, "", k_compressed_more) + plain(continuation, ""), client()).events,
            (Events{text_event("")}));
}

TEST(WebSocketDeflate, TakesMessagesWithoutCompressionInBetween) {
  const std::string all = plain(text, k_hello, k_compressed) + plain(text, "plain") +
                          plain(text, k_hello_again, k_compressed);
  EXPECT_EQ(receive(all, client()).events,
            (Events{text_event("Hello"), text_event("plain"), text_event("Hello")}));
}

TEST(WebSocketDeflate, TakesControlFramesBetweenCompressedFragments) {
  const std::string all = plain(text, k_hello.substr(0, 2), k_compressed_more) + plain(ping, "p") +
                          plain(continuation, k_hello.substr(2));
  EXPECT_EQ(receive(all, client()).events, (Events{event_of(ping, "p"), text_event("Hello")}));
}

// --- what is sent --------------------------------------------------------------------------------

TEST(WebSocketDeflate, SendsTheMessagesOfTheRfc) {
  WebSocketSender keeps(WebSocketRole::server, WebSocketDeflate{}, {.compress_from_bytes = 0});
  EXPECT_EQ(sent(keeps, text, "Hello"), plain(text, k_hello, k_compressed));
  EXPECT_EQ(sent(keeps, text, "Hello"), plain(text, k_hello_again, k_compressed));
  EXPECT_EQ(sent(keeps, text, ""), plain(text, "\0"s, k_compressed));

  WebSocketSender forgets(WebSocketRole::server, k_no_context, {.compress_from_bytes = 0});
  EXPECT_EQ(sent(forgets, text, "Hello"), plain(text, k_hello, k_compressed));
  EXPECT_EQ(sent(forgets, text, "Hello"), plain(text, k_hello, k_compressed));
}

TEST(WebSocketDeflate, EachSideHasItsOwnContext) {
  const WebSocketDeflate server_forgets{.server_no_context_takeover = true};
  WebSocketSender server(WebSocketRole::server, server_forgets, {.compress_from_bytes = 0});
  EXPECT_EQ(sent(server, text, "Hello"), sent(server, text, "Hello"));
  WebSocketSender client_sender(WebSocketRole::client, server_forgets, {.compress_from_bytes = 0});
  EXPECT_NE(sent(client_sender, text, "Hello"), sent(client_sender, text, "Hello"));
}

TEST(WebSocketDeflate, LeavesShortMessagesAsTheyAre) {
  WebSocketSender sender(WebSocketRole::server, WebSocketDeflate{}, {.compress_from_bytes = 10});
  EXPECT_EQ(sent(sender, text, "aaaaaaaaa"), plain(text, "aaaaaaaaa"));
  EXPECT_NE(sent(sender, text, "aaaaaaaaaa"), plain(text, "aaaaaaaaaa"));
}

TEST(WebSocketDeflate, DoesNotReferToAnAbandonedMessage) {
  WebSocketSender sender(WebSocketRole::server, WebSocketDeflate{},
                         {.compress_from_bytes = 0, .frame_max_bytes = 3});
  std::string lost;
  sender.begin(text, "Hello");
  ASSERT_TRUE(sender.next_frame(lost, k_test_mask));
  sender.abandon();
  EXPECT_EQ(receive(sent(sender, text, "Hello"), client()).events, (Events{text_event("Hello")}));
}

// --- windows -------------------------------------------------------------------------------------

TEST(WebSocketDeflate, KeepsToEachWindow) {
  for (int bits = 9; bits <= 15; ++bits) {
    // It repeats at a distance that only the largest window reaches, and closely.
    const std::string far = noise(20'000);
    std::string payload = far + far;
    for (int i = 0; i < 500; ++i) payload += "close by " + std::to_string(i % 7);
    for (const bool forgets : {false, true}) {
      const WebSocketDeflate deflate{.server_no_context_takeover = forgets,
                                     .client_no_context_takeover = forgets,
                                     .server_max_window_bits = bits,
                                     .client_max_window_bits = bits};
      WebSocketSender server(WebSocketRole::server, deflate, {.frame_max_bytes = 10'000});
      const std::string bytes = sent(server, binary, payload) + sent(server, binary, payload);
      const Reception got =
          receive_in_pieces(WebSocketReceiver(WebSocketRole::client, deflate), bytes, 4'000);
      ASSERT_EQ(got.close_code, 0) << bits << ' ' << got.why;
      ASSERT_EQ(got.events.size(), 2U);
      EXPECT_EQ(got.events[0].payload, payload);
      EXPECT_EQ(got.events[1].payload, payload);
      EXPECT_EQ(bytes.size() < 2 * 30'000, bits == 15) << bits;
    }
  }
}

TEST(WebSocketDeflate, WithAWindowOf8BitsSendsWithoutCompression) {
  const WebSocketDeflate deflate{.server_max_window_bits = 8, .client_max_window_bits = 8};
  const std::string payload(500, 'a');
  WebSocketSender sender(WebSocketRole::client, deflate);
  EXPECT_EQ(sent(sender, text, payload), masked(text, payload));
  // What it gets may well be compressed.
  EXPECT_EQ(receive(plain(text, k_hello, k_compressed), client(deflate)).events,
            (Events{text_event("Hello")}));
}

TEST(WebSocketDeflate, SurvivesARoundTripOfWhateverIsSent) {
  for (const std::size_t size : {0UZ, 1UZ, 2UZ, 127UZ, 128UZ, 129UZ, 5000UZ, 70000UZ, 200000UZ}) {
    for (const std::string& payload : {noise(size), std::string(size, 'x')}) {
      for (const WebSocketDeflate& deflate : {WebSocketDeflate{}, k_no_context}) {
        WebSocketSender sender(WebSocketRole::client, deflate, {.compress_from_bytes = 0});
        const std::string bytes = sent(sender, binary, payload) + sent(sender, binary, payload);
        const Reception got =
            receive_in_pieces(WebSocketReceiver(WebSocketRole::server, deflate), bytes, 1'000);
        EXPECT_EQ(got.close_code, 0) << size;
        EXPECT_EQ(got.events, (Events{event_of(binary, payload), event_of(binary, payload)}))
            << size;
      }
    }
  }
}

// --- 1007: broken data ---------------------------------------------------------------------------

TEST(WebSocketDeflate, RefusesBrokenData) {
  for (const std::string& broken : {
           "\x06"s,                       // a kind of block that does not exist
           "\x00\x05\x00\x05\x00Hello"s,  // a length that does not fit its complement
           "\xf2\x00\x11\x00\x00"s,       // refers to what was never sent
           "\xff\xff\xff\xff\xff\xff"s,
       }) {
    const Reception got = receive(plain(binary, broken, k_compressed), client());
    EXPECT_EQ(got.close_code, 1007) << escape_terminal(broken);
    EXPECT_TRUE(got.events.empty());
  }
}

TEST(WebSocketDeflate, RefusesAMessageThatEndsTooEarly) {
  for (std::size_t size = 1; size < k_hello.size(); ++size) {
    const std::string cut = k_hello.substr(0, size);
    EXPECT_EQ(receive(plain(text, cut, k_compressed), client()).close_code, 1007) << size;
  }
}

TEST(WebSocketDeflate, RefusesAReferenceThatWasAgreedToBeForgotten) {
  const std::string both =
      plain(text, k_hello, k_compressed) + plain(text, k_hello_again, k_compressed);
  const Reception got = receive(both, client(k_no_context));
  EXPECT_EQ(got.close_code, 1007);
  EXPECT_EQ(got.events, (Events{text_event("Hello")}));
}

// --- 1009: bombs ---------------------------------------------------------------------------------

TEST(WebSocketDeflate, CountsWhatAMessageComesTo) {
  WebSocketSender sender(WebSocketRole::server, k_no_context);
  const std::string fits = sent(sender, binary, std::string(1000, 'x'));
  const std::string too_much = sent(sender, binary, std::string(1001, 'x'));
  EXPECT_LT(too_much.size(), 100U);
  EXPECT_EQ(receive(fits, client(k_no_context)).events,
            (Events{event_of(binary, std::string(1000, 'x'))}));
  const Reception got = receive(fits + too_much, client(k_no_context));
  EXPECT_EQ(got.close_code, 1009);
  EXPECT_EQ(got.events.size(), 1U);
}

TEST(WebSocketDeflate, StopsABombBeforeItHasGoneOff) {
  WebSocketSender sender(WebSocketRole::server, WebSocketDeflate{});
  const std::string bomb = sent(sender, binary, std::string(20'000'000, '\0'));
  ASSERT_LT(bomb.size(), 100'000U);
  const Reception got = receive_in_pieces(
      WebSocketReceiver(WebSocketRole::client, WebSocketDeflate{}, 100'000), bomb, 1'000);
  EXPECT_EQ(got.close_code, 1009);
  EXPECT_LE(got.read_bytes, 1'000U);  // of a message that comes to a thousand times as much
}

TEST(WebSocketDeflate, HasALimitForDataThatComesToNothing) {
  std::string blocks;
  for (int i = 0; i < 1000; ++i) blocks += "\x00\x00\x00\xff\xff"s;
  EXPECT_EQ(receive(plain(binary, blocks.substr(0, 2000) + '\0', k_compressed), client()).events,
            (Events{event_of(binary, "")}));
  EXPECT_EQ(receive(plain(binary, blocks, k_compressed), client()).close_code, 1009);
  std::string in_fragments = plain(binary, blocks.substr(0, 1000), k_compressed_more);
  for (int i = 0; i < 4; ++i) {
    in_fragments += plain(continuation, blocks.substr(0, 1000), {.final = false});
  }
  EXPECT_EQ(receive(in_fragments, client()).close_code, 1009);
}

TEST(WebSocketDeflate, HasALimitAsHighAsItGoes) {
  EXPECT_EQ(receive(plain(text, k_hello, k_compressed),
                    client({}, std::numeric_limits<std::size_t>::max()))
                .events,
            (Events{text_event("Hello")}));
}

TEST(WebSocketDeflate, TextIsCheckedBeforeItsLength) {
  const std::string payload = "\xff" + std::string(5'000, 'x');
  WebSocketSender sender(WebSocketRole::server, k_no_context);
  EXPECT_EQ(receive(sent(sender, text, payload), client(k_no_context)).close_code, 1007);
}

}  // namespace
}  // namespace patchbay
