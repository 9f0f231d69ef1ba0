#include "patchbay/http/http_source.hpp"

#include <limits>

#include "patchbay/http/source_fixture.hpp"

namespace patchbay {
namespace {

Result<std::string> all_of(std::vector<std::string> pieces, std::size_t most) {
  PiecesSource source(std::move(pieces));
  return (*Loop::make())->run(read_all(source, most));
}

TEST(ReadAll, JoinsThePieces) {
  const std::string long_piece(100'000, 'x');
  EXPECT_EQ(all_of({}, 10).value_or("?"), "");
  EXPECT_EQ(all_of({"one ", long_piece, "two"}, 200'000).value_or("?"),
            "one " + long_piece + "two");
}

TEST(ReadAll, HasALimitThatMayBeReached) {
  EXPECT_EQ(all_of({"abc", "de"}, 5).value_or("?"), "abcde");
  EXPECT_EQ(all_of({"abc", "de"}, std::numeric_limits<std::size_t>::max()).value_or("?"), "abcde");
  for (const std::size_t most : {0U, 3U, 4U}) {
    const auto refused = all_of({"abc", "de"}, most);
    ASSERT_FALSE(refused) << most;
    EXPECT_EQ(refused.error().fault(), Fault::limit);
  }
}

}  // namespace
}  // namespace patchbay
