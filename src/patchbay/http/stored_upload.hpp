// StoredUpload: a file that comes from a client. Until it is whole it has another name, which
// begins with a dot; then it gets its own at once, or it is gone.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
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

  enum class Published : std::uint8_t { made, replaced, refused };
  // On the disk, and then with its name, if `may` says so. It is asked at the last moment, whether
  // something has the name now; no other upload of this process gives a name in that folder between
  // its answer and the new name. What other programs make there meanwhile is never taken for
  // nothing: then it is asked once more. What they replace meanwhile is replaced.
  std::expected<Published, int> finish(const std::function<bool(bool taken)>& may);

  std::uint64_t bytes() const { return bytes_; }

 private:
  bool is_taken() const;
  std::expected<Published, int> publish(const std::function<bool(bool taken)>& may);
  int make();
  int replace();

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
