#include "patchbay/tools/echo/connect_shared.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "patchbay/tools/connect_failure.hpp"
#include "patchbay/tools/echo/connect_view.hpp"

namespace patchbay {
namespace {

// What people read of a failure.
template <class Tell>
std::string told(int code, const Tell& tell) {
  const int file = memfd_create("err", 0);
  Output out({.err_fd = file});
  EXPECT_EQ(tell(out), code);
  std::string text(static_cast<std::size_t>(lseek(file, 0, SEEK_END)), '\0');
  EXPECT_EQ(pread(file, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  close(file);
  return text;
}

TEST(Failing, NamesThePeerAndTheTime) {
  const HostPort to{"192.0.2.1", 80};
  EXPECT_EQ(
      told(exit_failed,
           [&](Output& out) {
             const Error late = Error(Fault::timed_out, "connect to").about("192.0.2.1:80");
             return fail_to_connect(out, to, late, 3s);
           })
          .find("  because: nothing answered within 3 s\n  try: check the address"),
      std::string("[!] Could not connect to 192.0.2.1:80\nerror: cannot connect to 192.0.2.1:80\n")
          .size());
  const auto reset = [&](Output& out) {
    return fail_to_talk(out, to, Error(Fault::closed, "read from"));
  };
  EXPECT_TRUE(told(exit_failed, reset).starts_with("error: cannot read from 192.0.2.1:80\n"));
  const auto cancelled = [&](Output& out) {
    return fail_to_talk(out, to, Error(Fault::cancelled, "read from"));
  };
  EXPECT_EQ(told(exit_interrupted, cancelled), "");
}

TEST(Failing, AnAnswerThatDoesNotMatchHasThreeParts) {
  const std::string text =
      told(exit_condition, [](Output& out) { return fail_to_match(out, "it does not"); });
  EXPECT_TRUE(
      text.starts_with("error: the answer does not match --expect\n  because: it does not\n"
                       "  try: "))
      << text;
}

TEST(Target, IsTakenInOneWordOrTwo) {
  EXPECT_EQ(target_of("router1:23", {})->to_string(), "router1:23");
  EXPECT_EQ(target_of("[::1]:80", {})->to_string(), "[::1]:80");
  EXPECT_EQ(target_of("::1", "80")->to_string(), "[::1]:80");
  EXPECT_EQ(target_of("[::1]", "80")->to_string(), "[::1]:80");
  EXPECT_EQ(target_of("router1", "1")->to_string(), "router1:1");
  EXPECT_EQ(target_of("127.0.0.1", "65535")->to_string(), "127.0.0.1:65535");
}

TEST(Target, RefusesWhatIsNone) {
  EXPECT_FALSE(target_of("router1", {}));
  EXPECT_FALSE(target_of("::1", {}));
  EXPECT_FALSE(target_of("router1:65536", {}));
  EXPECT_FALSE(target_of("router1", "65536"));
  EXPECT_FALSE(target_of("router1", "-1"));
  EXPECT_FALSE(target_of("", "80"));
  const auto twice = target_of("router1:23", "24");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().what, "the port is given twice");
  for (const auto& nobodys : {target_of("router1:0", {}), target_of("router1", "0")}) {
    ASSERT_FALSE(nobodys);
    EXPECT_EQ(nobodys.error().what, "port 0 is nobody's");
  }
}

TEST(Source, IsAnAddressWithOrWithoutAPort) {
  EXPECT_EQ(source_of("192.0.2.1")->to_string(), "192.0.2.1:0");
  EXPECT_EQ(source_of("192.0.2.1:53")->to_string(), "192.0.2.1:53");
  EXPECT_EQ(source_of("2001:db8::1")->to_string(), "[2001:db8::1]:0");
  EXPECT_FALSE(source_of("router1"));
}

TEST(CrlfWriter, LeavesWhatIsRightAlone) {
  EXPECT_EQ(CrlfWriter().next("a\nb\r\n\n\r"), "a\r\nb\r\n\r\n\r");
  CrlfWriter pieces;
  EXPECT_EQ(pieces.next("a\r") + pieces.next("\nb") + pieces.next("\n"), "a\r\nb\r\n");
}

TEST(LineOf, IsOneSafeLine) {
  EXPECT_EQ(line_of("hello\r\n"), "hello");
  EXPECT_EQ(line_of("a\nb\x1b[2J\xff"), "a\\nb\\x1b[2J\\xff");
  const std::string line = line_of(std::string(5000, 'x'));
  EXPECT_EQ(line, std::string(4096, 'x') + " … (4.88 KiB in all)");
}

TEST(DescribeBytes, GivesHexWhereTextWouldLoseSomething) {
  Record text("sent");
  describe_bytes(text, "h\xc3\xa9\n", false);
  EXPECT_EQ(text.json(), "{\"type\":\"sent\",\"text\":\"h\xc3\xa9\\n\",\"size_bytes\":4}");
  Record bytes("sent");
  describe_bytes(bytes, "\xff\x01", false);
  EXPECT_EQ(bytes.json(), "{\"type\":\"sent\",\"hex\":\"ff01\",\"size_bytes\":2}");
}

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

TEST(EscapedView, ShowsACutCharacterWholeAndNoEscapeSequence) {
  const auto view = make_escaped_view();
  EXPECT_EQ(view->received(bytes_of("a\tb\n\x1b[31m\xc3")), "a\tb\n\\x1b[31m");
  EXPECT_EQ(view->received(bytes_of("\xa9!\xe2\x82")), "\xc3\xa9!");
  EXPECT_EQ(view->peer_ended(), "\\xe2\\x82");
  EXPECT_EQ(view->sent(bytes_of("typed")), "");
}

TEST(HexView, CountsEachDirectionByItself) {
  const auto view = make_hex_view();
  EXPECT_EQ(view->sent(bytes_of("ab")).substr(0, 16), "> 00000000  61 6");
  EXPECT_EQ(view->received(bytes_of("c")).substr(0, 15), "< 00000000  63 ");
  EXPECT_EQ(view->received(bytes_of("d")).substr(0, 15), "< 00000001  64 ");
}

}  // namespace
}  // namespace patchbay
