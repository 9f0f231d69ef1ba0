#include "patchbay/http/http_output.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

constexpr std::uint64_t k_kib = 1024;

// Takes all that it is given, at once.
class Sink final : public Port {
 public:
  bool attempt(Op& op) override {
    std::uint64_t bytes = op.size;
    if (op.kind == OpKind::send_file) bytes = static_cast<FileRange*>(op.argument)->length;
    kib.push_back(bytes / k_kib);
    return op.finish(bytes);
  }
  void park(Op&) override {}
  void withdraw(Op&) override {}

  std::vector<std::uint64_t> kib;  // of each write
};

Task<> write_file(Stream& stream, std::uint64_t length, bool& done) {
  const int descriptor = ::memfd_create("content", MFD_CLOEXEC);
  EXPECT_EQ(::ftruncate(descriptor, static_cast<off_t>(length)), 0);
  const HttpFilePart part{std::make_shared<HttpFile>(descriptor), 0, length};
  const HttpLimits limits;
  HttpOutput output(stream, limits);
  done = (co_await output.write_file(part)).has_value();
  EXPECT_EQ(output.sent(), length);
}

Task<> write_text(Stream& stream, std::uint64_t length, bool& done) {
  const HttpLimits limits;
  HttpOutput output(stream, limits);
  const std::string text(length, 'x');
  done = (co_await output.write(text)).has_value();
  EXPECT_EQ(output.sent(), length);
}

// The first pieces are small, so that a slow reader is soon known; the others are not so large that
// a hundred readers would wait long for each other.
TEST(HttpOutput, SendsPiecesThatGrow) {
  const std::vector<std::uint64_t> expected = {128, 256, 512, 1024, 1024, 1024, 1024, 128};
  for (auto* const write : {write_file, write_text}) {
    const auto loop = Loop::make();
    ASSERT_TRUE(loop);
    Sink sink;
    Stream stream(sink, 0);
    bool done = false;
    (*loop)->run(write(stream, 5 * k_kib * k_kib, done));
    EXPECT_TRUE(done);
    EXPECT_EQ(sink.kib, expected);
  }
}

TEST(HttpOutput, SendsNoPieceOfNothing) {
  const auto loop = Loop::make();
  ASSERT_TRUE(loop);
  Sink sink;
  Stream stream(sink, 0);
  bool done = false;
  (*loop)->run(write_file(stream, 0, done));
  EXPECT_TRUE(done);
  EXPECT_TRUE(sink.kib.empty());
}

}  // namespace
}  // namespace patchbay
