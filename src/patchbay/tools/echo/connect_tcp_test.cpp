#include "patchbay/tools/echo/connect_tcp.hpp"

#include <cerrno>
#include <set>

#include "patchbay/tools/echo/connect_test_peers.hpp"

namespace patchbay {
namespace {

// What a peer does with its one client.
enum class Then : std::uint8_t { wait, end, reset };
struct Script {
  std::vector<std::string> pieces;
  Then then = Then::wait;
};

// Reads the question, says its pieces, and then does what the script says. A piece goes out when
// the one before has arrived, so that each is a receive of its own.
Task<Result<>> act(TcpListener& listener, Script script) {
  auto client = co_await listener.accept();
  if (!client) co_return client.error();
  const auto question = co_await client->receive();
  if (!question) co_return question.error();
  for (const std::string& piece : script.pieces) {
    const auto sent = co_await client->write_all(piece);
    if (!sent) co_return sent;
    for (int turn = 0; turn < 2; ++turn) {
      if (const auto waited = co_await yield(); !waited) co_return waited;
    }
  }
  if (script.then == Then::reset) reset(*client);
  if (script.then != Then::wait) co_return ok();
  const auto asker_ended = co_await client->receive();
  if (!asker_ended) co_return asker_ended.error();
  co_return ok();
}

Task<Result<>> ask_into(Endpoint peer, AskOptions options, std::optional<Result<TcpAnswer>>& into) {
  auto connection = co_await connect_tcp({.to = host_port(peer)});
  if (!connection) co_return connection.error();
  into = co_await ask_tcp(connection->stream, std::move(options));
  co_return ok();
}

struct Asked {
  Script script;
  AskOptions options;
  std::optional<Result<TcpAnswer>> answer;
};
Task<> ask_peer(Asked& asked) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  const auto ended = co_await both(act(*listener, asked.script),
                                   ask_into(listener->local(), asked.options, asked.answer));
  EXPECT_TRUE(ended) << ended.error().describe();
}

// Generous where a deadline must not strike, short where nothing else can end the wait.
AskOptions patient(std::string question) {
  return {.question = std::move(question), .timeout = 60s, .quiet = 60s};
}

Result<TcpAnswer> answer_of(Script script, AskOptions options) {
  Asked asked{.script = std::move(script), .options = std::move(options)};
  run_with_loop(ask_peer, asked);
  return asked.answer.value_or(Error(Fault::system, "ask"));
}

TEST(AskTcp, AnAnswerEndsWithItsPeer) {
  const auto answer = answer_of({{"Server received: ", "Hello"}, Then::end}, patient("Hello"));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "Server received: Hello");
  EXPECT_EQ(answer->end, AnswerEnd::peer);
  EXPECT_TRUE(answer->matched);
}

TEST(AskTcp, AnAnswerEndsInSilence) {
  AskOptions options = patient("Hello");
  options.quiet = 20ms;
  const auto answer = answer_of({{"one"}, Then::wait}, options);
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "one");
  EXPECT_EQ(answer->end, AnswerEnd::quiet);
}

TEST(AskTcp, AnAnswerEndsWhereItMatches) {
  const auto expect = Expectation::parse("o.e two$");
  ASSERT_TRUE(expect);
  AskOptions options = patient("?");
  options.expect = &*expect;
  const auto answer = answer_of({{"one", " two"}, Then::wait}, options);
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "one two");
  EXPECT_EQ(answer->end, AnswerEnd::matched);
  EXPECT_TRUE(answer->matched);
}

TEST(AskTcp, AnAnswerThatDoesNotMatchIsReadToItsEnd) {
  const auto expect = Expectation::parse("^two");
  ASSERT_TRUE(expect);
  AskOptions options = patient("?");
  options.expect = &*expect;
  const auto answer = answer_of({{"one", " two"}, Then::end}, options);
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "one two");
  EXPECT_EQ(answer->end, AnswerEnd::peer);
  EXPECT_FALSE(answer->matched);
}

TEST(AskTcp, AnAnswerThatNeverMatchesEndsWithTheTimeout) {
  const auto expect = Expectation::parse("never");
  ASSERT_TRUE(expect);
  AskOptions options = patient("?");
  options.expect = &*expect;
  options.timeout = 300ms;
  const auto answer = answer_of({{"o", "n", "e"}, Then::wait}, options);
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "one");
  EXPECT_EQ(answer->end, AnswerEnd::deadline);
  EXPECT_FALSE(answer->matched);
}

TEST(AskTcp, AnAnswerIsCutAtItsLimit) {
  AskOptions options = patient("?");
  options.max_answer_bytes = 5;
  const auto answer = answer_of({{"abc", "defgh"}, Then::wait}, options);
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "abcde");
  EXPECT_EQ(answer->end, AnswerEnd::limit);
}

TEST(AskTcp, AResetKeepsWhatCameBefore) {
  const auto answer = answer_of({{"half of"}, Then::reset}, patient("?"));
  ASSERT_TRUE(answer) << answer.error().describe();
  EXPECT_EQ(answer->bytes, "half of");
  EXPECT_EQ(answer->end, AnswerEnd::broken);
  ASSERT_TRUE(answer->fault);
  EXPECT_EQ(answer->fault->fault(), Fault::closed);
}

TEST(AskTcp, SilenceIsTimedOut) {
  AskOptions options = patient("?");
  options.timeout = 20ms;
  const auto answer = answer_of({{}, Then::wait}, options);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault(), Fault::timed_out);
  EXPECT_NE(answer.error().what().find("cannot get an answer from 127.0.0.1:"), std::string::npos);
}

TEST(AskTcp, AnEndWithoutAWordIsClosed) {
  const auto answer = answer_of({{}, Then::end}, patient("?"));
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().fault(), Fault::closed);
  EXPECT_EQ(answer.error().why(), "the peer ended the connection without one");
}

Task<> ask_cancelled() {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  auto connection = co_await connect_tcp({.to = host_port(listener->local())});
  CO_REQUIRE(connection);
  (co_await current_scope()).cancel();
  const auto again = co_await connect_tcp({.to = host_port(listener->local())});
  CO_REQUIRE(!again);
  EXPECT_EQ(again.error().fault(), Fault::cancelled);
  const auto answer = co_await ask_tcp(connection->stream, {.question = "?"});
  CO_REQUIRE(!answer);
  EXPECT_EQ(answer.error().fault(), Fault::cancelled);
}
TEST(AskTcp, StartedCancelledItDoesNothing) { run_with_loop(ask_cancelled); }

// --- connections that do not come about ----------------------------------------------------------

Task<> connect_refused(std::set<std::string>& whys) {
  const auto connection = co_await connect_tcp({.to = host_port(closed_port())});
  CO_REQUIRE(!connection);
  EXPECT_EQ(connection.error().fault(), Fault::refused);
  whys.insert(connection.error().why());
}

// Nobody accepts, and the queue of one is full: the next connections are not answered at all.
Task<> connect_timed_out(std::set<std::string>& whys) {
  auto listener = TcpListener::bind(loopback(), {.backlog = 0});
  CO_REQUIRE(listener);
  std::vector<TcpConnection> queued;
  for (int i = 0; i < 8; ++i) {
    auto connection = co_await connect_tcp({.to = host_port(listener->local()), .timeout = 100ms});
    if (connection) {
      queued.push_back(std::move(*connection));
      continue;
    }
    EXPECT_EQ(connection.error().fault(), Fault::timed_out);
    whys.insert(connection.error().why());
    co_return;
  }
  ADD_FAILURE() << "the queue took everybody";
}

Task<> connect_unresolvable(std::set<std::string>& whys) {
  Loop::current().set_resolver(std::make_unique<NoNames>());
  const auto connection = co_await connect_tcp({.to = {"router7.example", 80}});
  CO_REQUIRE(!connection);
  EXPECT_EQ(connection.error().fault(), Fault::resolve);
  EXPECT_EQ(connection.error().what(), "cannot resolve router7.example");
  whys.insert(connection.error().why());
}

TEST(ConnectTcp, FourFailuresHaveFourSentences) {
  std::set<std::string> whys;
  run_with_loop(connect_refused, whys);
  run_with_loop(connect_timed_out, whys);
  run_with_loop(connect_unresolvable, whys);
  // No route is a property of the machine, so only what would be said is known here.
  whys.insert(Error::from_errno(ENETUNREACH, "connect to").why());
  EXPECT_EQ(whys.size(), 4U);
  EXPECT_EQ(Error::from_errno(EHOSTUNREACH, "connect to").fault(), Fault::unreachable);
}

Task<> connect_from_elsewhere() {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  TcpConnectOptions options{.to = host_port(listener->local())};
  options.connect.local = Endpoint(*IpAddress::parse("127.0.0.2"), 0);
  const auto connection = co_await connect_tcp(options);
  CO_REQUIRE(connection);
  EXPECT_EQ(connection->local.address().to_string(), "127.0.0.2");
  EXPECT_EQ(connection->peer, listener->local());
  EXPECT_TRUE(connection->settings.no_delay);
}
TEST(ConnectTcp, TheSourceAddressCanBeChosen) { run_with_loop(connect_from_elsewhere); }

// --- what is expected ----------------------------------------------------------------------------

TEST(Expectation, IsFoundAnywhereAndSurvivesBytesThatAreNoText) {
  const auto expect = Expectation::parse("ok\\b");
  ASSERT_TRUE(expect);
  EXPECT_TRUE(expect->matches(std::string_view("\xff\x00 ok!", 6)));
  EXPECT_FALSE(expect->matches("okay"));
  EXPECT_FALSE(expect->matches(""));
}

TEST(Expectation, AWrongPatternSaysWhere) {
  const auto expect = Expectation::parse("ab[z-a]");
  ASSERT_FALSE(expect);
  EXPECT_EQ(expect.error().what, "--expect: the pattern is not a regular expression");
  EXPECT_EQ(expect.error().why, "invalid character class range: z-a, at character 4");
}

TEST(Expectation, ATerminalIsSafeFromAPattern) {
  const auto expect = Expectation::parse("\x1b[2J(");
  ASSERT_FALSE(expect);
  EXPECT_EQ(expect.error().why.find('\x1b'), std::string::npos);
}

// A pattern that keeps backtracking engines busy for ages.
TEST(Expectation, TakesTimeLinearInTheAnswer) {
  const auto expect = Expectation::parse("(a*)*(a*)*(a*)*b$");
  ASSERT_TRUE(expect);
  EXPECT_FALSE(expect->matches(std::string(1 << 20, 'a')));
}

}  // namespace
}  // namespace patchbay
