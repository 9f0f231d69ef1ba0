#include "patchbay/tools/echo/connect_tcp_relay.hpp"

#include "patchbay/tools/echo/connect_test_peers.hpp"

namespace patchbay {
namespace {

// A relay between local ends: `peer.ours` is the peer, `in.ours` and `out.ours` are the user.
struct Ends {
  LocalPair peer;
  LocalPair in;
  LocalPair out;
  RelayTotals totals = {};

  RelayStreams streams() { return {peer.theirs, in.theirs, out.theirs}; }
};

Result<Ends> make_ends() {
  auto peer = local_pair();
  auto in = local_pair();
  auto out = local_pair();
  if (!peer) return peer.error();
  if (!in) return in.error();
  if (!out) return out.error();
  return Ends{std::move(*peer), std::move(*in), std::move(*out)};
}

std::string much(char seed) {
  std::string bytes(4 << 20, '\0');
  std::uint32_t state = static_cast<unsigned char>(seed);
  for (char& c : bytes) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>(state >> 24);
  }
  return bytes;
}

Task<Result<>> relay_and_close(Ends& ends, RelayOptions options) {
  options.peer_ended = [&ends] { ends.out.theirs.close(); };
  co_return co_await relay(ends.streams(), std::move(options), ends.totals);
}

Task<> carries_both_ways() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  const std::string up = much('u');
  const std::string down = much('d');
  std::string up_came;
  std::string down_came;
  const auto ended = co_await both(
      relay_and_close(*ends, {}),
      both(both(write_and_end(ends->in.ours, up), read_to_end(ends->peer.ours, up_came)),
           both(write_and_end(ends->peer.ours, down), read_to_end(ends->out.ours, down_came))));
  EXPECT_TRUE(ended) << ended.error().describe();
  EXPECT_TRUE(up_came == up);
  EXPECT_TRUE(down_came == down);
  EXPECT_EQ(ends->totals.sent_bytes, up.size());
  EXPECT_EQ(ends->totals.received_bytes, down.size());
}
TEST(Relay, CarriesMuchBothWaysAndEndsBoth) { run_with_loop(carries_both_ways); }

// The input ends first; the answer that comes only afterwards is still carried.
Task<Result<>> answer_after_the_end(Stream& peer) {
  std::string question;
  const auto read = co_await read_to_end(peer, question);
  if (!read) co_return read;
  co_return co_await write_and_end(peer, "you said " + question);
}
Task<> ends_input_first() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  std::string came;
  const auto ended = co_await both(
      relay_and_close(*ends, {}),
      both(answer_after_the_end(ends->peer.ours),
           both(write_and_end(ends->in.ours, "hello"), read_to_end(ends->out.ours, came))));
  EXPECT_TRUE(ended);
  EXPECT_EQ(came, "you said hello");
}
TEST(Relay, TheEndOfTheInputEndsOnlyTheSendingSide) { run_with_loop(ends_input_first); }

// The peer ends first; whoever reads the output sees that, and the input still goes to the peer.
Task<Result<>> say_more_after_the_end(Ends& ends) {
  std::string came;
  const auto read = co_await read_to_end(ends.out.ours, came);
  if (!read) co_return read;
  EXPECT_EQ(came, "bye");
  co_return co_await write_and_end(ends.in.ours, "one more thing");
}
Task<> ends_peer_first() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  std::string at_peer;
  const auto ended = co_await both(
      relay_and_close(*ends, {}),
      both(say_more_after_the_end(*ends),
           both(write_and_end(ends->peer.ours, "bye"), read_to_end(ends->peer.ours, at_peer))));
  EXPECT_TRUE(ended);
  EXPECT_EQ(at_peer, "one more thing");
}
TEST(Relay, TheEndOfThePeerEndsOnlyTheOutput) { run_with_loop(ends_peer_first); }

Task<> ends_with_peer() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  const auto ended = co_await both(relay_and_close(*ends, {.end_with_peer = true}),
                                   write_and_end(ends->peer.ours, "bye"));
  EXPECT_TRUE(ended);  // nobody typed anything, and nobody has to
}
TEST(Relay, WhoTypesIsLetGoWithThePeer) { run_with_loop(ends_with_peer); }

Task<> output_leaves() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  ends->out.ours.close();
  const auto ended =
      co_await both(relay_and_close(*ends, {}), write_and_end(ends->peer.ours, "unread"));
  EXPECT_TRUE(ended);
}
TEST(Relay, AReaderThatLeftIsNoFault) { run_with_loop(output_leaves); }

Task<> silent_peer() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  const auto ended = co_await relay(ends->streams(), {.timeout = 20ms}, ends->totals);
  CO_REQUIRE(!ended);
  EXPECT_EQ(ended.error().fault(), Fault::timed_out);
}
TEST(Relay, SilenceIsTimedOutWhereThatIsAsked) { run_with_loop(silent_peer); }

// A peer that never reads: the relay holds one piece, and the input is not read any further.
Task<Result<>> fill(Stream& input, std::size_t& taken) {
  const std::string piece(64 * 1024, 'x');
  for (;;) {
    const auto written = co_await input.write_all(piece, Deadline::after(50ms));
    if (!written) co_return Error(Fault::cancelled, "go on");
    taken += piece.size();
  }
}
Task<> peer_never_reads() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  std::size_t taken = 0;
  [[maybe_unused]] const auto over =
      co_await both(relay_and_close(*ends, {}), fill(ends->in.ours, taken));
  EXPECT_LT(taken, 4U << 20);
  EXPECT_LT(ends->totals.sent_bytes, 4U << 20);
}
TEST(Relay, APeerThatNeverReadsStopsTheInput) { run_with_loop(peer_never_reads); }

Task<> translates_and_shows() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  std::string at_peer;
  std::string shown;
  const auto view = make_hex_view();
  const auto ended = co_await both(
      relay_and_close(*ends, {.crlf = true, .view = view.get()}),
      both(both(write_and_end(ends->in.ours, "a\n"), read_to_end(ends->peer.ours, at_peer)),
           both(write_and_end(ends->peer.ours, "z"), read_to_end(ends->out.ours, shown))));
  EXPECT_TRUE(ended);
  EXPECT_EQ(at_peer, "a\r\n");
  EXPECT_NE(shown.find("> 00000000  61 0d 0a "), std::string::npos) << shown;
  EXPECT_NE(shown.find("< 00000000  7a "), std::string::npos) << shown;
}
TEST(Relay, TranslatesNewlinesAndDumpsBothDirections) { run_with_loop(translates_and_shows); }

Task<> starts_cancelled() {
  auto ends = make_ends();
  CO_REQUIRE(ends);
  (co_await current_scope()).cancel();
  const auto ended = co_await relay(ends->streams(), {}, ends->totals);
  CO_REQUIRE(!ended);
  EXPECT_EQ(ended.error().fault(), Fault::cancelled);
}
TEST(Relay, StartedCancelledItDoesNothing) { run_with_loop(starts_cancelled); }

}  // namespace
}  // namespace patchbay
