// Names into addresses, behind an interface of its own, so that a simulated network has its own names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/deadline.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Resolver {
 public:
  virtual ~Resolver() = default;

  // The addresses of `name` in the family (any: both), in the order in which to try them (RFC 6724).
  // An address written out is returned as it is. Faults: resolve (no such name, no address in that
  // family, no server answered), timed_out, cancelled.
  virtual Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family family,
                                                         Deadline deadline) = 0;

  // The names of an address (PTR), best first. Faults as above.
  virtual Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline deadline) = 0;
};

// By c-ares: the hosts file, search domains and servers of this system. Needs an engine that adopts
// foreign descriptors.
std::unique_ptr<Resolver> make_system_resolver();

// With the loop's resolver.
Task<Result<std::vector<IpAddress>>> resolve(std::string name, Family family = Family::any,
                                             Deadline deadline = {});

}  // namespace patchbay
