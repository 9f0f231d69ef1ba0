// HostsFile: names and addresses that an administrator wrote down, hosts(5).
#pragma once

#include <sys/stat.h>

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay {

// Tells whether a file is still the one that was read. A file that is missing has a stamp too.
struct FileStamp {
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = -1;
  std::int64_t modified_s = 0;
  std::int64_t modified_ns = 0;

  static FileStamp of(const std::string& path);
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Read again when the file has changed. c-ares could read it too, but always the system's own, and
// it asks the servers for an IPv6 address of a host that the file pins to an IPv4 one.
class HostsFile {
 public:
  // At most this much of a file is read: what is used to block advertisers has some 10 MiB.
  static constexpr std::size_t k_most_bytes = std::size_t{64} << 20;

  explicit HostsFile(std::string path) : path_(std::move(path)) {}

  // In the order of the file; null where the file does not have the name. Valid until the next
  // call.
  const std::vector<IpAddress>* find(std::string_view name);
  const std::vector<std::string>* find(const IpAddress& address);

 private:
  void refresh();
  void take_line(std::string_view line);

  std::string path_;
  FileStamp stamp_;
  std::unordered_map<std::string, std::vector<IpAddress>> by_name_;  // lower case, no last dot
  std::map<IpAddress, std::vector<std::string>> by_address_;
};

}  // namespace patchbay
