// Names: what the hosts of a world find when they look up a name, and what goes wrong with that.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/resolve.hpp"

namespace patchbay::sim {

class Host;

class Names {
 public:
  // Several addresses are given in the order in which they were added.
  void add(std::string name, const IpAddress& address);
  // Looking it up ends with this failure.
  void fail(std::string name, ResolveFailure failure);
  // Looking it up never ends, unless its deadline does.
  void hang(std::string name);
  // How long every look-up takes; it begins as nothing.
  void set_delay(Duration delay) { delay_ = delay; }

  // --- for hosts ---------------------------------------------------------------------------------
  std::unique_ptr<Resolver> resolver_for(Host& host) const;

 private:
  friend class HostResolver;

  struct Entry {
    std::vector<IpAddress> addresses = {};
    ResolveFailure failure = ResolveFailure::no_such_name;
    bool hangs = false;
  };

  std::map<std::string, Entry, std::less<>> entries_;
  Duration delay_{};
};

}  // namespace patchbay::sim
