// StoredUpload: a file that comes from a client. Until it is whole it has another name, which
// begins with a dot; then it gets its own at once, or it is gone.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

// Every call may wait for a disk: make them off the loop. Errors are errnos.
class StoredUpload {
 public:
  // `folder` is an open folder, `name` one segment. `chance` makes the name for the time being.
  static std::expected<std::unique_ptr<StoredUpload>, int> begin(
      std::shared_ptr<const HttpFile> folder, std::string name, std::uint64_t chance);
  ~StoredUpload();  // removes what was not finished
  StoredUpload(const StoredUpload&) = delete;
  StoredUpload& operator=(const StoredUpload&) = delete;

  std::expected<void, int> write(std::string_view bytes);
  // On the disk, with its name. Without `replace` EEXIST when there is one of this name.
  std::expected<void, int> finish(bool replace);

  std::uint64_t bytes() const { return bytes_; }

 private:
  StoredUpload(std::shared_ptr<const HttpFile> folder, std::string name, std::string working,
               int descriptor)
      : folder_(std::move(folder)),
        name_(std::move(name)),
        working_(std::move(working)),
        file_(descriptor) {}

  std::shared_ptr<const HttpFile> folder_;
  std::string name_, working_;
  HttpFile file_;
  std::uint64_t bytes_ = 0;
  bool finished_ = false;
};

}  // namespace patchbay
