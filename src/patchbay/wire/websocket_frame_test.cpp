#include "patchbay/wire/websocket_frame.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

Result<WebSocketHeadRead> read(std::string_view bytes) {
  return read_websocket_head(std::as_bytes(std::span(bytes)));
}

WebSocketFrameHead head_of(std::string_view bytes) {
  const auto read_head = read(bytes);
  EXPECT_TRUE(read_head && read_head->head) << escape_terminal(bytes);
  return read_head && read_head->head ? *read_head->head : WebSocketFrameHead{};
}

std::string written(const WebSocketFrameHead& head) {
  std::array<std::byte, k_websocket_head_max_bytes> bytes;
  const std::size_t size = write_websocket_head(head, bytes);
  return std::string(as_text(std::span(bytes).first(size)));
}

std::string reason_of(const std::string& bytes) {
  const auto refused = read(bytes);
  return refused ? "" : refused.error().why();
}

constexpr WebSocketMask k_rfc_mask = {std::byte{0x37}, std::byte{0xfa}, std::byte{0x21},
                                      std::byte{0x3d}};

// --- the examples of RFC 6455 section 5.7 --------------------------------------------------------

TEST(WebSocketFrame, ReadsAndWritesTheExamplesOfTheRfc) {
  struct Example {
    std::string bytes;
    WebSocketFrameHead head;
    std::string payload;
  };
  const std::vector<Example> examples = {
      {"\x81\x05Hello", {.opcode = WebSocketOpcode::text}, "Hello"},
      {"\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
       {.opcode = WebSocketOpcode::text, .mask = k_rfc_mask},
       "Hello"},
      {"\x01\x03Hel", {.opcode = WebSocketOpcode::text, .final = false}, "Hel"},
      {"\x80\x02lo", {.opcode = WebSocketOpcode::continuation}, "lo"},
      {"\x89\x05Hello", {.opcode = WebSocketOpcode::ping}, "Hello"},
      {"\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58",
       {.opcode = WebSocketOpcode::pong, .mask = k_rfc_mask},
       "Hello"},
      {"\x82\x7e\x01\x00"s + std::string(256, 'x'), {}, std::string(256, 'x')},
      {"\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s + std::string(65536, 'x'),
       {},
       std::string(65536, 'x')},
  };
  for (const Example& example : examples) {
    WebSocketFrameHead expected = example.head;
    expected.payload_bytes = example.payload.size();
    EXPECT_EQ(head_of(example.bytes), expected) << escape_terminal(example.bytes.substr(0, 14));
    std::string frame;
    append_websocket_frame(frame, example.head, example.payload);
    EXPECT_EQ(frame, example.bytes);
  }
}

TEST(WebSocketFrame, EveryHeadSurvivesARoundTrip) {
  const std::uint64_t lengths[] = {
      0, 1, 124, 125, 126, 127, 0xffff, 0x10000, 1 << 20, 0xffffffff, 1ULL << 62, (1ULL << 63) - 1};
  const WebSocketOpcode opcodes[] = {WebSocketOpcode::continuation, WebSocketOpcode::text,
                                     WebSocketOpcode::binary,       WebSocketOpcode::close,
                                     WebSocketOpcode::ping,         WebSocketOpcode::pong};
  for (const WebSocketOpcode opcode : opcodes) {
    for (const std::uint64_t length : lengths) {
      for (int flags = 0; flags < 8; ++flags) {
        WebSocketFrameHead head{.opcode = opcode,
                                .final = (flags & 1) != 0,
                                .compressed = (flags & 2) != 0,
                                .payload_bytes = length};
        if ((flags & 4) != 0) head.mask = k_rfc_mask;
        const bool begins = opcode == WebSocketOpcode::text || opcode == WebSocketOpcode::binary;
        const bool legal =
            (!head.compressed || begins) && (!is_control(opcode) || (head.final && length <= 125));
        const auto back = read(written(head));
        ASSERT_EQ(back.has_value(), legal);
        if (legal) {
          EXPECT_EQ(back->head, head);
        }
      }
    }
  }
}

TEST(WebSocketFrame, SaysHowManyBytesItNeeds) {
  const WebSocketFrameHead heads[] = {
      {.payload_bytes = 5},
      {.mask = k_rfc_mask, .payload_bytes = 5},
      {.mask = k_rfc_mask, .payload_bytes = 500},
      {.payload_bytes = 500},
      {.payload_bytes = 70'000},
      {.mask = k_rfc_mask, .payload_bytes = 70'000},
  };
  for (const WebSocketFrameHead& head : heads) {
    const std::string bytes = written(head);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
      const auto part = read(std::string_view(bytes).substr(0, cut));
      ASSERT_TRUE(part);
      EXPECT_FALSE(part->head);
      EXPECT_EQ(part->bytes, cut < 2 ? 2 : bytes.size());
    }
    EXPECT_EQ(read(bytes + "payload")->bytes, bytes.size());
  }
}

// --- what section 5.2 and 5.5 forbid -------------------------------------------------------------

TEST(WebSocketFrame, RefusesReservedBitsAtTheFirstByte) {
  EXPECT_EQ(reason_of("\xa1"), "a reserved bit is set");
  EXPECT_EQ(reason_of("\x91"), "a reserved bit is set");
  EXPECT_EQ(reason_of("\xf1\x05Hello"), "a reserved bit is set");
}

TEST(WebSocketFrame, RefusesOpcodesWithoutAMeaning) {
  for (const int opcode : {3, 4, 5, 6, 7, 0xb, 0xc, 0xd, 0xe, 0xf}) {
    const std::string first(1, static_cast<char>(0x80 | opcode));
    EXPECT_EQ(reason_of(first), "its opcode has no meaning") << opcode;
  }
}

TEST(WebSocketFrame, RefusesFragmentedControlFrames) {
  for (const char* const first : {"\x08", "\x09", "\x0a"}) {
    EXPECT_EQ(reason_of(first), "a control frame is a fragment");
  }
}

TEST(WebSocketFrame, RefusesControlFramesBeyond125Bytes) {
  for (const char first : {'\x88', '\x89', '\x8a'}) {
    EXPECT_EQ(reason_of(std::string{first, '\x7d'}), "");
    EXPECT_EQ(reason_of(std::string{first, '\x7e'}), "a control frame is longer than 125 bytes");
    EXPECT_EQ(reason_of(std::string{first, '\x7f'}), "a control frame is longer than 125 bytes");
    EXPECT_EQ(reason_of(std::string{first, '\xfe'}), "a control frame is longer than 125 bytes");
  }
}

TEST(WebSocketFrame, RefusesRsv1WhereNoMessageBegins) {
  for (const char first : {'\xc0', '\x40', '\xc8', '\xc9', '\xca'}) {
    EXPECT_EQ(reason_of(std::string{first}),
              "RSV1 is set on a frame that does not begin a message");
  }
  EXPECT_TRUE(head_of("\xc1\x01x").compressed);
  EXPECT_TRUE(head_of("\x42\x01x").compressed);
}

TEST(WebSocketFrame, RefusesA64BitLengthWithItsTopBit) {
  EXPECT_EQ(reason_of("\x82\x7f\x80\x00\x00\x00\x00\x01\x00\x00"s), "its length is 2^63 or more");
  EXPECT_EQ(reason_of("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff"s), "its length is 2^63 or more");
  EXPECT_EQ(head_of("\x82\x7f\x7f\xff\xff\xff\xff\xff\xff\xff"s).payload_bytes, (1ULL << 63) - 1);
}

TEST(WebSocketFrame, RefusesALengthThatIsNotTheShortest) {
  EXPECT_EQ(reason_of("\x82\x7e\x00\x00"s), "its length is not in the shortest form");
  EXPECT_EQ(reason_of("\x82\x7e\x00\x7d"s), "its length is not in the shortest form");
  EXPECT_EQ(head_of("\x82\x7e\x00\x7e"s).payload_bytes, 126U);
  EXPECT_EQ(reason_of("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"s),
            "its length is not in the shortest form");
  EXPECT_EQ(head_of("\x82\x7f\x00\x00\x00\x00\x00\x01\x00\x00"s).payload_bytes, 0x10000U);
}

// --- the mask ------------------------------------------------------------------------------------

TEST(WebSocketMask, IsItsOwnInverseAtEveryOffsetAndLength) {
  for (std::uint64_t offset = 0; offset < 9; ++offset) {
    for (std::size_t size = 0; size < 40; ++size) {
      std::string text(size, '\0');
      for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i);
      std::string masked = text;
      apply_websocket_mask(std::as_writable_bytes(std::span(masked)), k_rfc_mask, offset);
      for (std::size_t i = 0; i < size; ++i) {
        const std::byte expected = std::byte(text[i]) ^ k_rfc_mask[(offset + i) % 4];
        ASSERT_EQ(std::byte(masked[i]), expected) << offset << ' ' << size << ' ' << i;
      }
      apply_websocket_mask(std::as_writable_bytes(std::span(masked)), k_rfc_mask, offset);
      EXPECT_EQ(masked, text);
    }
  }
}

TEST(WebSocketMask, DoesNotDependOnHowThePayloadIsCut) {
  const std::string text = "The mask goes on where the last piece has ended, wherever that was.";
  std::string whole = text;
  apply_websocket_mask(std::as_writable_bytes(std::span(whole)), k_rfc_mask);
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    std::string pieces = text;
    const auto bytes = std::as_writable_bytes(std::span(pieces));
    apply_websocket_mask(bytes.first(cut), k_rfc_mask);
    apply_websocket_mask(bytes.subspan(cut), k_rfc_mask, cut);
    EXPECT_EQ(pieces, whole);
  }
}

// --- closing -------------------------------------------------------------------------------------

std::string close_payload(int code, std::string_view reason = {}) {
  std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return payload.append(reason);
}

TEST(WebSocketClose, TakesTheCodesThatMayBeSentAndNoOther) {
  const auto may = [](int code) {
    return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
           (code >= 3000 && code <= 4999);
  };
  for (int code = 0; code <= 0xffff; ++code) {
    const auto close = read_websocket_close(close_payload(code));
    ASSERT_EQ(close.has_value(), may(code)) << code;
    if (close) {
      EXPECT_EQ(close->code, code);
    } else {
      EXPECT_EQ(close.error().fault(), Fault::protocol);
    }
  }
}

TEST(WebSocketClose, MayHaveNoCodeButNotHalfOfOne) {
  const auto none = read_websocket_close("");
  ASSERT_TRUE(none);
  EXPECT_EQ(none->code, k_close_no_code);
  const auto half = read_websocket_close("\x03");
  ASSERT_FALSE(half);
  EXPECT_EQ(websocket_close_code(half.error()), k_close_protocol_error);
}

TEST(WebSocketClose, HasAReasonInUtf8) {
  const std::string payload = close_payload(1000, "κόσμε");
  const auto good = read_websocket_close(payload);
  ASSERT_TRUE(good);
  EXPECT_EQ(good->reason, "κόσμε");
  const auto bad = read_websocket_close(close_payload(1000, "\xce\xba\xed\xa0\x80"));
  ASSERT_FALSE(bad);
  EXPECT_EQ(websocket_close_code(bad.error()), k_close_invalid_data);
}

TEST(WebSocketClose, IsWrittenWithinTheLimitsOfAControlFrame) {
  EXPECT_EQ(write_websocket_close(k_close_no_code, "ignored"), "");
  EXPECT_EQ(write_websocket_close(k_close_normal, "bye"), close_payload(1000, "bye"));
  EXPECT_EQ(write_websocket_close(k_close_abnormal, ""), close_payload(1011));
  EXPECT_EQ(write_websocket_close(1000, std::string(500, 'x')),
            close_payload(1000, std::string(123, 'x')));
  std::string euros;
  for (int i = 0; i < 100; ++i) euros += "€";
  EXPECT_EQ(write_websocket_close(1000, "x" + euros),
            close_payload(1000, "x" + euros.substr(0, 120)));
  const std::string broken = write_websocket_close(1000, std::string(200, '\xff'));
  EXPECT_LE(broken.size(), k_websocket_control_max_bytes);
  EXPECT_TRUE(read_websocket_close(broken));
}

TEST(WebSocketClose, EachFaultHasItsCode) {
  EXPECT_EQ(websocket_close_code(Error(Fault::protocol, "x")), 1002);
  EXPECT_EQ(websocket_close_code(Error(Fault::integrity, "x")), 1007);
  EXPECT_EQ(websocket_close_code(Error(Fault::limit, "x")), 1009);
  EXPECT_EQ(websocket_close_code(Error(Fault::system, "x")), 1011);
}

}  // namespace
}  // namespace patchbay
