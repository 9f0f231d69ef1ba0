// FileSource: a file as the body of a request.
#pragma once

#include <memory>
#include <string>

#include "patchbay/http/http_source.hpp"

namespace patchbay {

class FileSource final : public HttpSource {
 public:
  // Faults: storage, permission. What has no length of its own, such as a pipe, has no size().
  static Result<std::unique_ptr<FileSource>> open(const std::string& path);
  explicit FileSource(int descriptor) : descriptor_(descriptor) {}
  ~FileSource() override;
  FileSource(const FileSource&) = delete;
  FileSource& operator=(const FileSource&) = delete;

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  int descriptor_;
  std::optional<std::uint64_t> size_;
  std::string path_;
};

}  // namespace patchbay
