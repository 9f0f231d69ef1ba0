// FileSource: a file as the body of a request.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "patchbay/http/http_source.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

class FileSource final : public HttpSource {
 public:
  // Faults: storage, permission. What has no length of its own, such as a pipe, has no size(). A
  // FIFO may still be without a writer: the first read() waits for one.
  static Result<std::unique_ptr<FileSource>> open(const std::string& path);
  explicit FileSource(int descriptor) : descriptor_(descriptor) {}
  ~FileSource() override;  // once it has been read, on the loop that has read it
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;
  bool survives_cancel() const override { return true; }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  Task<Result<std::size_t>> read_disk(std::span<std::byte> into);
  Task<Result<>> wait_for_writer(Deadline deadline) const;
  Result<> become_stream();

  int descriptor_;
  bool is_on_disk_ = false;
  bool is_unopened_ = false;      // a FIFO that nobody may have opened for writing yet
  std::optional<Stream> stream_;  // of what is not, as soon as it is read
  std::optional<std::uint64_t> size_;
  std::string path_;
};

}  // namespace patchbay
