// The compressor, and the source that runs on it.
#include "patchbay/http/compressor.hpp"

#include <gtest/gtest.h>

#include <random>

#include "patchbay/http/compressed_source.hpp"
#include "patchbay/http/decompress_fixture.hpp"
#include "patchbay/http/source_fixture.hpp"

namespace patchbay {
namespace {

class Coding : public testing::TestWithParam<ContentCoding> {};
INSTANTIATE_TEST_SUITE_P(Each, Coding,
                         testing::Values(ContentCoding::gzip, ContentCoding::zstd,
                                         ContentCoding::br),
                         [](const auto& info) { return std::string(name_of(info.param)); });

std::string words(std::size_t size) {
  std::string text;
  for (unsigned i = 0; text.size() < size; ++i) {
    text += "The quick brown fox " + std::to_string(i * 7919 % 1000) + " jumps.\n";
  }
  text.resize(size);
  return text;
}

std::string noise(std::size_t size, unsigned seed) {
  std::mt19937 dice(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(dice());
  return text;
}

TEST_P(Coding, BringsBackWhatWasPutIn) {
  for (const auto& text : {std::string(), std::string("a"), words(1'000), words(3'000'000),
                           noise(500'000, 1), std::string(2'000'000, '\0')}) {
    for (const auto effort : {CompressionEffort::quick, CompressionEffort::thorough}) {
      const auto back = decompress(compress_now(text, GetParam(), effort), GetParam());
      EXPECT_TRUE(back.complete) << text.size();
      EXPECT_TRUE(back.text == text) << text.size();
    }
  }
}

TEST_P(Coding, BringsBackWhatWasCutAnywhere) {
  const std::string text = words(200'000) + noise(50'000, 2) + words(100'000);
  for (unsigned seed = 0; seed < 30; ++seed) {
    std::mt19937 dice(seed);
    const auto compressor = Compressor::make(GetParam());
    ASSERT_NE(compressor, nullptr);
    std::string compressed;
    std::string_view rest = text;
    const std::size_t longest = std::size_t{16} << (dice() % 13);
    while (!rest.empty()) {
      const std::string_view piece = rest.substr(0, dice() % (longest + 1));
      rest.remove_prefix(piece.size());
      const auto to = dice() % 3 == 0 ? CompressTo::flush : CompressTo::collect;
      ASSERT_TRUE(compressor->put(std::as_bytes(std::span(piece)), to, compressed));
    }
    ASSERT_TRUE(compressor->put(std::as_bytes(std::span(rest)), CompressTo::finish, compressed));
    const auto back = decompress(compressed, GetParam());
    EXPECT_TRUE(back.complete) << "seed " << seed;
    EXPECT_TRUE(back.text == text) << "seed " << seed;
  }
}

TEST_P(Coding, HoldsNothingBackAtAFlush) {
  const auto compressor = Compressor::make(GetParam());
  std::string compressed;
  std::string text;
  for (int i = 0; i < 50; ++i) {
    const std::string event = "data: " + std::to_string(i) + "\n\n";
    text += event;
    ASSERT_TRUE(compressor->put(std::as_bytes(std::span(event)), CompressTo::flush, compressed));
    const auto back = decompress(compressed, GetParam());
    EXPECT_EQ(back.text, text);
    EXPECT_FALSE(back.complete);
  }
  const std::size_t before = compressed.size();
  ASSERT_TRUE(compressor->put({}, CompressTo::flush, compressed));
  EXPECT_LE(compressed.size(), before + 8);
}

TEST_P(Coding, MakesTextSmaller) {
  const std::string text = words(100'000);
  const std::size_t quick = compress_now(text, GetParam(), CompressionEffort::quick).size();
  EXPECT_LT(quick, text.size() / 5);
  EXPECT_LE(compress_now(text, GetParam()).size(), quick);
}

Task<Result<std::size_t>> read_once(HttpSource& source, std::string& into) {
  std::string room(64 * 1024, '\0');
  const auto count = co_await source.read(std::as_writable_bytes(std::span(room)));
  if (count) into.append(room, 0, *count);
  co_return count;
}

TEST_P(Coding, LetsEachPieceOfASourceThrough) {
  auto loop = Loop::make();
  std::vector<std::string> events;
  for (int i = 0; i < 20; ++i) events.push_back("data: event " + std::to_string(i) + "\n\n");
  const auto source = compressed(std::make_shared<PiecesSource>(events), GetParam());
  std::string read, text;
  for (const std::string& event : events) {
    ASSERT_TRUE((*loop)->run(read_once(*source, read)));
    text += event;
    EXPECT_EQ(decompress(read, GetParam()).text, text);
  }
  const auto end = (*loop)->run(drain(*source));
  read += end.text();
  EXPECT_TRUE(decompress(read, GetParam()).complete);
  EXPECT_EQ((*loop)->run(read_once(*source, read)).value_or(1), 0u);
  EXPECT_EQ((*loop)->run(read_once(*source, read)).value_or(1), 0u);
}

TEST_P(Coding, CompressesASourceWhateverItsPieces) {
  auto loop = Loop::make();
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 dice(seed);
    std::vector<std::string> pieces;
    std::string text;
    for (int i = 0; i < 20; ++i) {
      const std::size_t size = 1 + dice() % (std::size_t{1} << (dice() % 18));
      pieces.push_back(dice() % 4 == 0 ? noise(size, seed) : words(size));
      text += pieces.back();
    }
    const auto source = compressed(std::make_shared<PiecesSource>(pieces), GetParam());
    EXPECT_EQ(source->size(), std::nullopt);
    const auto drained = (*loop)->run(drain(*source, 1 + dice() % 10'000));
    EXPECT_FALSE(drained.fault);
    const auto back = decompress(drained.text(), GetParam());
    EXPECT_TRUE(back.complete && back.text == text) << "seed " << seed;
  }
}

TEST_P(Coding, HandsOnAFaultAfterWhatCameBefore) {
  auto loop = Loop::make();
  const Error fault(Fault::storage, "read");
  const auto source = compressed(
      std::make_shared<PiecesSource>(std::vector<std::string>{"before"}, fault), GetParam());
  const auto drained = (*loop)->run(drain(*source));
  ASSERT_TRUE(drained.fault);
  EXPECT_EQ(drained.fault->fault(), Fault::storage);
  const auto back = decompress(drained.text(), GetParam());
  EXPECT_EQ(back.text, "before");
  EXPECT_FALSE(back.complete);
  EXPECT_TRUE((*loop)->run(drain(*source)).fault);
}

TEST(Compressor, LeavesIdentityAsItIs) {
  EXPECT_EQ(compress_now("abc", ContentCoding::identity), "abc");
  EXPECT_EQ(Compressor::make(ContentCoding::identity), nullptr);
  const auto inner = std::make_shared<PiecesSource>(std::vector<std::string>{"abc"});
  EXPECT_EQ(compressed(inner, ContentCoding::identity), inner);
}

}  // namespace
}  // namespace patchbay
