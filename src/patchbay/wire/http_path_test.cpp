#include "patchbay/wire/http_path.hpp"

#include <gtest/gtest.h>

#include <random>

namespace patchbay {
namespace {

using namespace std::string_literals;

void expect_path(std::string_view raw, const DecodedPath& expected) {
  const auto decoded = decode_path(raw);
  ASSERT_TRUE(decoded) << raw << ": " << why(decoded.error());
  EXPECT_EQ(decoded->path, expected.path) << raw;
  EXPECT_EQ(decoded->folder, expected.folder) << raw;
}

void expect_fault(std::string_view raw, PathFault expected) {
  const auto decoded = decode_path(raw);
  ASSERT_FALSE(decoded) << raw << " became " << decoded->path;
  EXPECT_EQ(decoded.error(), expected) << raw << ": " << why(decoded.error());
}

TEST(HttpPath, SaysSeparatelyWhetherItEndedInASlash) {
  expect_path("/", {.path = "", .folder = true});
  expect_path("/a", {.path = "a", .folder = false});
  expect_path("/a/", {.path = "a", .folder = true});
  expect_path("/a/b.html", {.path = "a/b.html", .folder = false});
  expect_path("/a/b/", {.path = "a/b", .folder = true});
}

TEST(HttpPath, DecodesOnce) {
  expect_path("/a%20b", {.path = "a b"});
  expect_path("/%41%5a%7e%7E", {.path = "AZ~~"});
  expect_path("/%252e%252e/x", {.path = "%2e%2e/x"});
  expect_path("/100%25", {.path = "100%"});
  expect_path("/what%3F%23", {.path = "what?#"});
  expect_path("/a+b", {.path = "a+b"});
}

TEST(HttpPath, LetsNamesBeAnyBytes) {
  expect_path("/%C3%A4", {.path = "\xc3\xa4"});
  expect_path("/\xc3\xa4", {.path = "\xc3\xa4"});
  expect_path("/%ff%80", {.path = "\xff\x80"});
  expect_path("/a\\b", {.path = "a\\b"});
  expect_path("/a%5Cb", {.path = "a\\b"});
  expect_path("/...", {.path = "..."});
  expect_path("/.hidden/..x", {.path = ".hidden/..x"});
}

// RFC 3986 section 5.2.4 has the first two.
TEST(HttpPath, ResolvesDotSegments) {
  expect_path("/a/b/c/./../../g", {.path = "a/g"});
  expect_path("/mid/content=5/../6", {.path = "mid/6"});
  expect_path("/.", {.path = "", .folder = true});
  expect_path("/./", {.path = "", .folder = true});
  expect_path("/./a", {.path = "a"});
  expect_path("/a/.", {.path = "a", .folder = true});
  expect_path("/a/..", {.path = "", .folder = true});
  expect_path("/a/b/..", {.path = "a", .folder = true});
  expect_path("/a/b/../", {.path = "a", .folder = true});
  expect_path("/a/../b", {.path = "b"});
}

TEST(HttpPath, ResolvesDotSegmentsThatAreEscaped) {
  expect_path("/a/%2e/b", {.path = "a/b"});
  expect_path("/a/%2E%2e/b", {.path = "b"});
  expect_path("/a/.%2e", {.path = "", .folder = true});
  expect_fault("/%2e%2e/etc/passwd", PathFault::above_root);
}

TEST(HttpPath, RefusesToLeaveTheRoot) {
  for (const std::string_view raw : {"/..", "/../", "/../a", "/a/../..", "/a/../../b", "/./.."}) {
    expect_fault(raw, PathFault::above_root);
  }
}

TEST(HttpPath, RefusesEmptySegments) {
  for (const std::string_view raw : {"//", "//a", "/a//b", "/a//", "/a/..//b", "/a//../b", "///"}) {
    expect_fault(raw, PathFault::empty_segment);
  }
}

TEST(HttpPath, RefusesAnEscapedSlash) {
  for (const std::string_view raw : {"/a%2Fb", "/a%2fb", "/%2f", "/..%2f..%2fetc", "/%2F%2F"}) {
    expect_fault(raw, PathFault::encoded_slash);
  }
}

TEST(HttpPath, RefusesBrokenEscapes) {
  for (const std::string_view raw :
       {"/%", "/%4", "/%4/1", "/%zz", "/%+1", "/% 1", "/%4g", "/a%", "/%%41", "/%u0041", "/%-1"}) {
    expect_fault(raw, PathFault::bad_escape);
  }
}

TEST(HttpPath, TakesControlCharactersWhereTheyAreEscaped) {
  constexpr std::string_view digits = "0123456789abcdef";
  for (unsigned value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const std::string escaped = {'/', '%', digits[value >> 4], digits[value & 15]};
    const bool control = value < 0x20 || value == 0x7f;
    if (control) expect_fault("/x"s + c, PathFault::bad_character);
    if (c == '/' || c == '.' || c == '\0') continue;
    expect_path(escaped, {.path = std::string(1, c)});
    EXPECT_EQ(has_control_character({.path = "a" + std::string(1, c)}), control) << value;
  }
  expect_fault("/%00", PathFault::bad_character);
  expect_fault("/a.php%00.png", PathFault::bad_character);
}

TEST(HttpPath, RefusesWhatIsNotThePathOfATarget) {
  expect_fault("", PathFault::not_absolute);
  expect_fault("a", PathFault::not_absolute);
  expect_fault("*", PathFault::not_absolute);
  expect_fault("%2Fa", PathFault::not_absolute);
  expect_fault("/a b", PathFault::bad_character);
  expect_fault("/a?b", PathFault::bad_character);
  expect_fault("/a#b", PathFault::bad_character);
}

TEST(HttpPath, SaysWhyForEachFault) {
  for (const PathFault fault :
       {PathFault::not_absolute, PathFault::bad_escape, PathFault::bad_character,
        PathFault::encoded_slash, PathFault::empty_segment, PathFault::above_root}) {
    EXPECT_FALSE(why(fault).empty());
  }
}

TEST(HttpPath, EncodesAllButTheUnreservedAndTheSlash) {
  EXPECT_EQ(encode_path("a/b-1._~Z"), "a/b-1._~Z");
  EXPECT_EQ(encode_path("javascript:alert(1)"), "javascript%3Aalert%281%29");
  EXPECT_EQ(encode_path("a b&<\"'>?#%"), "a%20b%26%3C%22%27%3E%3F%23%25");
  EXPECT_EQ(encode_path("\xc3\xa4\xff"), "%C3%A4%FF");
}

std::string random_name(std::mt19937& random) {
  std::uniform_int_distribution<std::size_t> length(1, 12);
  std::uniform_int_distribution<int> byte(0x01, 0xff);
  for (;;) {
    std::string name;
    for (std::size_t left = length(random); left > 0; --left) {
      const char c = static_cast<char>(byte(random));
      name += c == '/' ? '.' : c;
    }
    if (name != "." && name != "..") return name;
  }
}

TEST(HttpPath, DecodesWhatItEncodes) {
  std::mt19937 random(3986);
  for (int i = 0; i < 5'000; ++i) {
    std::string path = random_name(random);
    for (int more = i % 4; more > 0; --more) path += '/' + random_name(random);
    expect_path('/' + encode_path(path), {.path = path});
    expect_path('/' + encode_path(path) + '/', {.path = path, .folder = true});
  }
}

// Texts of the pieces that such paths are made of: never out of the root, never a dot segment.
TEST(HttpPath, NeverLeadsOutOfTheRoot) {
  constexpr std::string_view pieces[] = {"/", "/", ".", "..", "%2e", "a", "%2f", "%", "%00", "\\"};
  std::mt19937 random(524);
  std::uniform_int_distribution<std::size_t> piece(0, std::size(pieces) - 1);
  int decoded_ones = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string raw = "/";
    for (int more = i % 9; more > 0; --more) raw += pieces[piece(random)];
    const auto decoded = decode_path(raw);
    if (!decoded) continue;
    ++decoded_ones;
    ASSERT_LE(decoded->path.size(), raw.size());
    const std::string framed = '/' + decoded->path + '/';
    ASSERT_EQ(framed.find("/../"), framed.npos) << raw;
    ASSERT_EQ(framed.find("/./"), framed.npos) << raw;
    ASSERT_EQ(decoded->path.find("//"), framed.npos) << raw;
    ASSERT_FALSE(decoded->path.starts_with('/')) << raw;
    ASSERT_FALSE(decoded->path.ends_with('/')) << raw;
  }
  EXPECT_GT(decoded_ones, 1000) << "the pieces make hardly any path";
}

}  // namespace
}  // namespace patchbay
