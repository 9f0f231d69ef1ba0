#include "patchbay/http/stored_upload.hpp"

#include <sys/stat.h>

#include <barrier>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "patchbay/http/temporary_folder_fixture.hpp"

namespace patchbay {
namespace {

using Published = StoredUpload::Published;

constexpr int k_threads = 4;
constexpr int k_rounds = 50;

// What becomes of as many uploads for the name "a" that are whole at the same moment.
template <class May>
std::map<Published, int> finish_at_once(const TemporaryFolder& files, const May& may) {
  const auto folder = std::make_shared<HttpFile>(files.open());
  std::map<Published, int> ends;
  std::mutex mutex;
  std::barrier together(k_threads);
  std::vector<std::jthread> threads;
  for (std::uint64_t i = 0; i < k_threads; ++i) {
    threads.emplace_back([&, i] {
      auto upload = StoredUpload::begin(folder, "a", i);
      EXPECT_TRUE(upload && (*upload)->write(std::to_string(i)));
      together.arrive_and_wait();
      const auto finished = (*upload)->finish(may);
      ASSERT_TRUE(finished);
      const std::lock_guard lock(mutex);
      ++ends[*finished];
    });
  }
  threads.clear();
  return ends;
}

TEST(StoredUpload, MakesAFileForOneOfManyThreads) {
  for (int round = 0; round < k_rounds; ++round) {
    const TemporaryFolder files;
    const auto ends = finish_at_once(files, [](bool taken) { return !taken; });
    EXPECT_EQ(ends, (std::map<Published, int>{{Published::made, 1}, {Published::refused, 3}}));
  }
}

TEST(StoredUpload, ReplacesAFileForOneOfManyThreads) {
  for (int round = 0; round < k_rounds; ++round) {
    const TemporaryFolder files;
    files.write("a", "old");
    const auto number = [&] {
      struct stat status = {};
      EXPECT_EQ(::stat(files.path("a").c_str(), &status), 0);
      return status.st_ino;
    };
    const auto seen = number();
    const auto ends = finish_at_once(files, [&](bool) { return number() == seen; });
    EXPECT_EQ(ends, (std::map<Published, int>{{Published::replaced, 1}, {Published::refused, 3}}));
  }
}

// Not one of ours: somebody else made it between the question and the name.
TEST(StoredUpload, AsksAgainWhenAnotherProgramWasFaster) {
  const TemporaryFolder files;
  auto upload = StoredUpload::begin(std::make_shared<HttpFile>(files.open()), "a", 1);
  ASSERT_TRUE(upload);
  int asked = 0;
  const auto finished = (*upload)->finish([&](bool taken) {
    if (++asked == 1) files.write("a", "theirs");
    return asked == 1 || !taken;
  });
  ASSERT_TRUE(finished);
  EXPECT_EQ(*finished, Published::refused);
  EXPECT_EQ(asked, 2);
}

}  // namespace
}  // namespace patchbay
