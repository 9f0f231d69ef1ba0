// Names into addresses, behind an interface of its own, so that a simulated network has its own
// names.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/deadline.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Resolver {
 public:
  virtual ~Resolver() = default;

  // The addresses of `name` in the family (any: both), in the order in which to try them (RFC
  // 6724). An address written out is returned as it is. Faults: resolve (no such name, no address
  // in that family, no server answered), timed_out, cancelled.
  virtual Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family family,
                                                         Deadline deadline) = 0;

  // The names of an address (PTR), best first. Faults as above.
  virtual Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline deadline) = 0;

  // Puts addresses that came from several look-ups into the order in which to try them. This one
  // knows nothing of routes: IPv6 before IPv4, and otherwise as they were.
  virtual void sort(std::vector<IpAddress>& addresses);
};

// By c-ares: the hosts file, search domains and servers of this system. Needs an engine that adopts
// foreign descriptors.
std::unique_ptr<Resolver> make_system_resolver();

// With the loop's resolver.
Task<Result<std::vector<IpAddress>>> resolve(std::string name, Family family = Family::any,
                                             Deadline deadline = {});

// Why a look-up ended without a result. Each has a reason and a remedy of its own.
enum class ResolveFailure : std::uint8_t {
  no_such_name,          // NXDOMAIN
  no_address,            // the name exists, but has no address at all
  no_address_of_family,  // the name exists, but has no address of the family asked for
  no_name,               // the address has no PTR record
  no_server,             // none could be reached, or none was willing
  server_silent,         // none answered in time; the caller's own deadline is Fault::timed_out
  server_failed,         // SERVFAIL
  server_refused,        // REFUSED
  answer_malformed,      // what came is not DNS, or not an answer to the question
  name_malformed,        // empty, empty labels, characters that no host name has
  name_too_long,         // RFC 1035 section 2.3.4: 253 characters in all, 63 a label
  name_not_ascii,        // IDNA (RFC 5890) is not done here
  name_numeric,          // "10.1": no top-level domain is a number
  other_family,          // an address written out, of the family that was not asked for
};

// All of them are of Fault::resolve.
Error resolve_error(ResolveFailure failure, std::string_view subject);

// Which of the two it is when a name that exists has no address of `family`.
constexpr ResolveFailure no_address_of(Family family) {
  return family == Family::any ? ResolveFailure::no_address : ResolveFailure::no_address_of_family;
}

// Is it one of those two? Then the name is right, and the other family may have an address.
bool found_no_address(const Error& error);

// Is it a name that may be asked for? One trailing dot is fine.
Result<> check_host_name(std::string_view name);

// What needs no server: an address written out, the localhost names (RFC 6761 section 6.3). Empty
// when it takes a look-up; an error when the text can be neither a name nor an address of the
// family, and for .invalid and .onion, which are never asked for (RFC 6761 section 6.4, RFC 7686
// section 2).
Result<std::vector<IpAddress>> resolve_locally(std::string_view name, Family family);

}  // namespace patchbay
