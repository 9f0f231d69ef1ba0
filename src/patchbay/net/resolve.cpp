#include "patchbay/net/resolve.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/net/cares_resolver.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_longest_name = 253;
constexpr std::size_t k_longest_label = 63;

struct FailureText {
  const char* why;
  const char* remedy;
};

constexpr const char* k_no_address = "the name exists, but has no address";
constexpr const char* k_no_address_of_family = "the name exists, but has no address of that family";

// A switch without a default, so that a new failure is a compile error here.
FailureText text_of(ResolveFailure failure) {
  switch (failure) {
    case ResolveFailure::no_such_name: return {"no such name exists", "check the spelling"};
    case ResolveFailure::no_address: return {k_no_address, "check the spelling"};
    case ResolveFailure::no_address_of_family:
      return {k_no_address_of_family, "ask for the other address family"};
    case ResolveFailure::no_name: return {"no name is registered for the address", ""};
    case ResolveFailure::no_server:
      return {"no name server could be reached, or every one of them failed or refused to answer",
              "check the network, and the name servers in /etc/resolv.conf"};
    case ResolveFailure::server_silent:
      return {"no name server answered in time",
              "check that the name servers in /etc/resolv.conf are up, and that no firewall drops "
              "port 53"};
    case ResolveFailure::server_failed:
      return {"the name server could not find out (SERVFAIL)",
              "try again in a moment, or ask another name server"};
    case ResolveFailure::server_refused:
      return {"the name server does not answer this host (REFUSED)", "ask another name server"};
    case ResolveFailure::answer_malformed:
      return {"the name server's answer makes no sense", "ask another name server"};
    case ResolveFailure::name_malformed:
      return {"it is not a host name", "use letters, digits and hyphens, with single dots between"};
    case ResolveFailure::name_too_long:
      return {"a name has at most 253 characters, and 63 between two dots", "check the spelling"};
    case ResolveFailure::name_not_ascii:
      return {"names outside ASCII are not converted here",
              "write its ASCII form, which begins with xn--: `idn2 NAME` prints it"};
    case ResolveFailure::name_numeric:
      return {"it is no IPv4 address, and no name ends in a number",
              "write all four numbers, as in 192.0.2.1"};
    case ResolveFailure::other_family:
      return {"it is an address of the other family", "ask for the family of the address"};
  }
  std::unreachable();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The underscore is in no host name, and yet in the names of many hosts.
bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

// `domain` itself, or a name below it.
bool is_within(std::string_view name, std::string_view domain) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() < domain.size()) return false;
  const std::string_view end = name.substr(name.size() - domain.size());
  return equal_ignoring_case(end, domain) &&
         (name.size() == end.size() || name[name.size() - end.size() - 1] == '.');
}

}  // namespace

void Resolver::sort(std::vector<IpAddress>& addresses) {
  std::vector<IpAddress> sorted;
  for (const Family family : {Family::v6, Family::v4}) {
    std::ranges::copy_if(addresses, std::back_inserter(sorted),
                         [&](const IpAddress& address) { return address.family() == family; });
  }
  addresses = std::move(sorted);
}

std::unique_ptr<Resolver> make_system_resolver() { return std::make_unique<CaresResolver>(); }

Task<Result<std::vector<IpAddress>>> resolve(std::string name, Family family, Deadline deadline) {
  return Loop::current().resolver().addresses(std::move(name), family, deadline);
}

Error resolve_error(ResolveFailure failure, std::string_view subject) {
  const FailureText text = text_of(failure);
  return Error(Fault::resolve, "resolve", text.why, text.remedy).about(subject);
}

bool found_no_address(const Error& error) {
  if (error.fault() != Fault::resolve) return false;
  const std::string why = error.why();
  return why == k_no_address || why == k_no_address_of_family;
}

Result<> check_host_name(std::string_view name) {
  std::string_view rest = name;
  if (rest.ends_with('.')) rest.remove_suffix(1);
  if (std::ranges::any_of(rest, [](char c) { return static_cast<unsigned char>(c) > 127; })) {
    return resolve_error(ResolveFailure::name_not_ascii, name);
  }
  if (rest.size() > k_longest_name) return resolve_error(ResolveFailure::name_too_long, name);
  std::string_view label;
  for (bool more = true; more;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    if (label.size() > k_longest_label) return resolve_error(ResolveFailure::name_too_long, name);
    if (label.empty() || !std::ranges::all_of(label, is_name_character)) {
      return resolve_error(ResolveFailure::name_malformed, name);
    }
    more = dot != rest.npos;
    if (more) rest.remove_prefix(dot + 1);
  }
  if (std::ranges::all_of(label, is_digit)) {
    return resolve_error(ResolveFailure::name_numeric, name);
  }
  return ok();
}

Result<std::vector<IpAddress>> resolve_locally(std::string_view name, Family family) {
  std::vector<IpAddress> found;
  if (const auto address = IpAddress::parse(name)) {
    if (family != Family::any && family != address->family()) {
      return resolve_error(ResolveFailure::other_family, name);
    }
    found.push_back(*address);
    return found;
  } else if (name.find(':') != name.npos) {
    return address.error();  // no name has a colon: it was meant to be an address
  }
  if (is_within(name, "localhost")) {
    if (family != Family::v4) found.push_back(IpAddress::loopback(Family::v6));
    if (family != Family::v6) found.push_back(IpAddress::loopback(Family::v4));
    return found;
  }
  const auto checked = check_host_name(name);
  if (!checked) return checked.error();
  // The first never exists; the second is not a name of the DNS, and asking would tell on the user.
  if (is_within(name, "invalid") || is_within(name, "onion")) {
    return resolve_error(ResolveFailure::no_such_name, name);
  }
  return found;
}

}  // namespace patchbay
