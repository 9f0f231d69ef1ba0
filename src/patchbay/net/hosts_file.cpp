#include "patchbay/net/hosts_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "patchbay/base/ascii.hpp"

namespace patchbay {

namespace {

std::string key_of(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  return in_ascii_lower(name);
}

// The next word of `line`, which is empty at the end; takes it off the front.
std::string_view take_word(std::string_view& line) {
  constexpr std::string_view blanks = " \t\r\f\v";
  line.remove_prefix(std::min(line.find_first_not_of(blanks), line.size()));
  const std::string_view word = line.substr(0, line.find_first_of(blanks));
  line.remove_prefix(word.size());
  return word;
}

std::string read_whole(const std::string& path, std::size_t most) {
  std::string text;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return text;
  std::array<char, 16384> piece;
  while (text.size() < most) {
    const ssize_t count = ::read(file, piece.data(), piece.size());
    if (count <= 0) break;
    text.append(piece.data(), static_cast<std::size_t>(count));
  }
  ::close(file);
  return text;
}

template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::ranges::find(list, item) == list.end()) list.push_back(item);
}

}  // namespace

FileStamp FileStamp::of(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return {};
  return {.device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .modified_s = status.st_mtim.tv_sec,
          .modified_ns = status.st_mtim.tv_nsec};
}

const std::vector<IpAddress>* HostsFile::find(std::string_view name) {
  refresh();
  const auto found = by_name_.find(key_of(name));
  return found == by_name_.end() ? nullptr : &found->second;
}

const std::vector<std::string>* HostsFile::find(const IpAddress& address) {
  refresh();
  const auto found = by_address_.find(address);
  return found == by_address_.end() ? nullptr : &found->second;
}

void HostsFile::refresh() {
  const FileStamp stamp = FileStamp::of(path_);
  if (stamp == stamp_) return;
  stamp_ = stamp;
  by_name_.clear();
  by_address_.clear();
  const std::string text = read_whole(path_, k_most_bytes);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    take_line(line.substr(0, line.find('#')));
  }
}

// A line that makes no sense is passed over, as every reader of this file does.
void HostsFile::take_line(std::string_view line) {
  const auto address = IpAddress::parse(take_word(line));
  if (!address) return;
  for (std::string_view name = take_word(line); !name.empty(); name = take_word(line)) {
    add_once(by_name_[key_of(name)], *address);
    // A blocking list gives one address to a hundred thousand names: nobody wants them all back.
    std::vector<std::string>& names = by_address_[*address];
    if (names.size() < 64) add_once(names, std::string(name));
  }
}

}  // namespace patchbay
