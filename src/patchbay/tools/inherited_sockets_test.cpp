#include "patchbay/tools/inherited_sockets.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

std::vector<std::string> names_of_three(std::string_view names) {
  std::vector<InheritedSocket> sockets = {{3}, {4}, {5}};
  name_sockets(sockets, names);
  std::vector<std::string> all;
  for (const InheritedSocket& socket : sockets) all.push_back(socket.name);
  return all;
}

TEST(InheritedSockets, HaveTheNamesThatSystemdGivesThem) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of_three("http:https:web.socket"), Names({"http", "https", "web.socket"}));
  EXPECT_EQ(names_of_three("http::x"), Names({"http", "", "x"}));
  EXPECT_EQ(names_of_three("http"), Names({"http", "", ""}));
  EXPECT_EQ(names_of_three("a:b:c:d"), Names({"a", "b", "c"}));
  EXPECT_EQ(names_of_three(""), Names({"", "", ""}));
}

}  // namespace
}  // namespace patchbay
