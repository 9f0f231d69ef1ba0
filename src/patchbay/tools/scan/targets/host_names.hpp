// Names of addresses (-R): looked up backwards, several at a time.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/ip_network.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct HostNamesOptions {
  Duration timeout = 5s;       // for each address, from its turn on
  Duration all = 1min;         // for all of them together
  std::size_t at_a_time = 50;  // name servers limit who asks for more
};

struct HostNames {
  // The first name of each address that has one, of 253 bytes at the most. Whoever runs the name
  // server has chosen it: it is escaped by whoever prints it.
  std::map<IpAddress, std::string> names;
  // How many could not be looked up, and why the first of them could not. That an address has no
  // name is no such thing.
  std::size_t failed = 0;
  std::optional<Error> failure = {};
};

// "[*] The names of 3 of 256 addresses could not be looked up: the deadline passed".
std::string unknown_names(std::size_t failed, IpNumber of, const Error& failure);

// By the resolver of this thread's loop. Faults: cancelled.
Task<Result<HostNames>> look_up_hosts(std::vector<IpAddress> addresses,
                                      HostNamesOptions options = {});

}  // namespace patchbay
