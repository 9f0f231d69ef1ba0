#include "patchbay/wire/http_auth.hpp"

#include <gtest/gtest.h>

#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

std::string basic(std::string_view pair) { return "Basic " + encode_base64(pair); }

void expect_pair(std::string_view field, std::string_view user, std::string_view password) {
  const auto credentials = parse_basic_credentials(field);
  ASSERT_TRUE(credentials) << field;
  EXPECT_EQ(credentials->user, user);
  EXPECT_EQ(credentials->password, password);
}

// RFC 7617 sections 2 and 2.1.
TEST(HttpAuth, ReadsTheExamplesOfTheRfc) {
  expect_pair("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame");
  expect_pair("Basic dGVzdDoxMjPCow==", "test", "123\xc2\xa3");
}

TEST(HttpAuth, SplitsAtTheFirstColon) {
  expect_pair(basic("user:pass:word"), "user", "pass:word");
  expect_pair(basic("user:"), "user", "");
  expect_pair(basic(":secret"), "", "secret");
  expect_pair(basic(":"), "", "");
}

TEST(HttpAuth, KnowsTheSchemeInAnyCase) {
  expect_pair("bAsIc dXNlcjpwYXNz", "user", "pass");
  expect_pair("Basic   dXNlcjpwYXNz", "user", "pass");
}

TEST(HttpAuth, RefusesWhatIsNoBasic) {
  for (const std::string_view field :
       {"", "Basic", "Basic ", "Bearer dXNlcjpwYXNz", "BasicdXNlcjpwYXNz", "Basic\tdXNlcjpwYXNz",
        "Basic dXNlcjpwYXNz ", "Basic dXNlcjpwYXNz, Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXN",
        "Basic dXNlcjpwYXNz=", "Basic user:pass", "Basic realm=\"x\"", " Basic dXNlcjpwYXNz"}) {
    EXPECT_FALSE(parse_basic_credentials(field)) << field;
  }
}

TEST(HttpAuth, RefusesAPairWithoutColonOrWithControls) {
  EXPECT_FALSE(parse_basic_credentials(basic("userpass")));
  EXPECT_FALSE(parse_basic_credentials(basic("user:pass\n")));
  EXPECT_FALSE(
      parse_basic_credentials(basic("us\x1b"
                                    "er:pass")));
  EXPECT_FALSE(parse_basic_credentials(basic("user:pa\0ss"s)));
  EXPECT_FALSE(parse_basic_credentials(basic("user:pass\x7f")));
}

TEST(HttpAuth, HasALimit) {
  const std::string pair = "user:" + std::string(7, 'x');
  EXPECT_TRUE(parse_basic_credentials(basic(pair), pair.size()));
  for (std::size_t less = 1; less <= pair.size(); ++less) {
    EXPECT_FALSE(parse_basic_credentials(basic(pair), pair.size() - less));
  }
  EXPECT_FALSE(parse_basic_credentials("Basic " + std::string(100'000, 'A')));
}

TEST(HttpAuth, WritesAChallenge) {
  EXPECT_EQ(format_basic_challenge("foo"), "Basic realm=\"foo\", charset=\"UTF-8\"");
  EXPECT_EQ(format_basic_challenge("a \"b\" \\"),
            "Basic realm=\"a \\\"b\\\" \\\\\", charset=\"UTF-8\"");
  EXPECT_EQ(format_basic_challenge("a\r\nSet-Cookie: x"),
            "Basic realm=\"a??Set-Cookie: x\", charset=\"UTF-8\"");
  EXPECT_EQ(format_basic_challenge("gr\xc3\xbcn"),
            "Basic realm=\"gr\xc3\xbcn\", charset=\"UTF-8\"");
}

}  // namespace
}  // namespace patchbay
