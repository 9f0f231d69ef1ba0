#include "patchbay/tools/inherited_sockets.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <unistd.h>

#include <string>
#include <string_view>
#include <vector>

namespace patchbay {
namespace {

// What systemd would have said; the descriptors are never looked at here.
class InheritedSockets : public testing::Test {
 protected:
  ~InheritedSockets() override {
    for (const char* const name : {"LISTEN_PID", "LISTEN_FDS"}) ::unsetenv(name);
  }
  static void say(const std::string& pid, const std::string& count) {
    ::setenv("LISTEN_PID", pid.c_str(), 1);
    ::setenv("LISTEN_FDS", count.c_str(), 1);
  }
  static void expect_none_taken() {
    EXPECT_TRUE(inherited_sockets().empty());
    EXPECT_NE(::getenv("LISTEN_PID"), nullptr) << "what is another's is left to it";
    EXPECT_NE(::getenv("LISTEN_FDS"), nullptr);
  }
};

TEST_F(InheritedSockets, AreNoneWhereNobodySaysSo) { EXPECT_TRUE(inherited_sockets().empty()); }

TEST_F(InheritedSockets, AreNotThoseOfAnotherProcess) {
  for (const std::string& pid : {std::to_string(::getppid()), std::to_string(::getpid() + 1),
                                 std::to_string(::getpid()) + "0", std::string("0"),
                                 std::string("-1"), std::string("self"), std::string()}) {
    SCOPED_TRACE(pid);
    say(pid, "1");
    expect_none_taken();
  }
}

TEST_F(InheritedSockets, AreSoManyThatTheyCanBe) {
  for (const char* const count : {"0", "-1", "65", "1x", "", "99999999999"}) {
    SCOPED_TRACE(count);
    say(std::to_string(::getpid()), count);
    expect_none_taken();
  }
}

std::vector<std::string> names_of_three(std::string_view names) {
  std::vector<InheritedSocket> sockets = {{3}, {4}, {5}};
  name_sockets(sockets, names);
  std::vector<std::string> all;
  for (const InheritedSocket& socket : sockets) all.push_back(socket.name);
  return all;
}

TEST_F(InheritedSockets, HaveTheNamesThatSystemdGivesThem) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of_three("http:https:web.socket"), Names({"http", "https", "web.socket"}));
  EXPECT_EQ(names_of_three("http::x"), Names({"http", "", "x"}));
  EXPECT_EQ(names_of_three("http"), Names({"http", "", ""}));
  EXPECT_EQ(names_of_three("a:b:c:d"), Names({"a", "b", "c"}));
  EXPECT_EQ(names_of_three(""), Names({"", "", ""}));
}

}  // namespace
}  // namespace patchbay
