// NetworkNamespace: a network stack of its own (network_namespaces(7)), held by a descriptor.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/base/result.hpp"

namespace patchbay {

// Where ip(8) keeps the names of namespaces.
inline constexpr const char* k_namespace_folder = "/run/netns";

// Move-only; the destructor lets go of it. A namespace without a name lasts as long as a process, a
// socket, a device of another namespace's pair or a descriptor is in it or holds it.
class NetworkNamespace {
 public:
  // What a user writes: a name in /run/netns, the id of a process, or a path with a slash in it
  // ("/proc/123/ns/net"). `unreachable` where there is none, `protocol` where it is no namespace of
  // this kind.
  static Result<NetworkNamespace> open(std::string_view which);
  static Result<NetworkNamespace> current();
  // A new one, with a loopback that is down and nothing else. Needs CAP_SYS_ADMIN.
  static Result<NetworkNamespace> make();

  NetworkNamespace(NetworkNamespace&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)), inode_(other.inode_) {}
  NetworkNamespace& operator=(NetworkNamespace&& other) noexcept;
  ~NetworkNamespace();

  // Runs work() on a thread of its own that alone is inside, and waits for it. Blocking calls are
  // fine there. Needs CAP_SYS_ADMIN here and in the user namespace that owns this one.
  Result<> run_inside(const std::function<Result<>()>& work) const;

  // Gives it a name, for `ip netns exec NAME` and open(). Fails with EEXIST when it is taken.
  Result<> give_name(const std::string& name) const;
  // Takes the name away if it still is the namespace with this cookie, and leaves any other alone.
  // Did it?
  static Result<bool> remove_name(const std::string& name, std::uint64_t cookie);

  int descriptor() const { return descriptor_; }
  // Tells it from every other that exists at the same time.
  std::uint64_t inode() const { return inode_; }
  // Tells it from every other since the machine started; inodes are used again at once. Where the
  // kernel has none (before Linux 5.14), the inode. Needs what run_inside() needs.
  Result<std::uint64_t> cookie() const;

  friend bool operator==(const NetworkNamespace& a, const NetworkNamespace& b) {
    return a.inode_ == b.inode_;
  }

 private:
  NetworkNamespace(int descriptor, std::uint64_t inode) : descriptor_(descriptor), inode_(inode) {}
  static Result<NetworkNamespace> take(int descriptor, std::string_view subject);
  static Result<NetworkNamespace> open_path(const std::string& path, std::string_view subject);

  int descriptor_;
  std::uint64_t inode_;
};

// The names in /run/netns, in order.
std::vector<std::string> namespace_names();

}  // namespace patchbay
