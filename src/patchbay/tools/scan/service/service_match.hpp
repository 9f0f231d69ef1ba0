// ServiceMatcher: what a reply says about who sent it, by the tables of data/probes.toml.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "patchbay/tools/scan/scan_report.hpp"
#include "patchbay/tools/scan/service/service_table.hpp"

namespace patchbay {

class ServiceRegex;

struct ServiceVerdict {
  ServiceFinding finding;  // bytes of the peer, up to 256 in each text; service may be empty
  // To be asked for more, or for a name at all; null: this is all there is to know.
  const ServiceProbe* then = nullptr;
};

// Knows no socket. Expressions are made when their prefix is first met, and kept: one of these
// serves a whole scan, on one thread.
class ServiceMatcher {
 public:
  // What comes behind this is not looked at.
  static constexpr std::size_t k_most_bytes = 4096;

  ServiceMatcher();
  ~ServiceMatcher();
  ServiceMatcher(const ServiceMatcher&) = delete;
  ServiceMatcher& operator=(const ServiceMatcher&) = delete;

  // `reply` is all that has come so far after `sent`, the bytes of the probe `asked`; null and
  // empty: after nothing, as a greeting. Nothing: not known yet, and with k_most_bytes never.
  std::optional<ServiceVerdict> match(const ServiceProbe* asked, std::string_view sent,
                                      std::string_view reply);

 private:
  bool try_match(const ServiceProbe* asked, const ServiceMatch& match, std::string_view reply,
                 ServiceVerdict& verdict);
  const ServiceRegex& regex_of(const ServiceMatch& match);

  std::unordered_map<const ServiceMatch*, std::unique_ptr<ServiceRegex>> regexes_;
};

// The first line of what somebody unknown says, if people can read it: whole, of printable
// characters, 1 to 120 bytes. Empty: there is no such line.
std::string readable_line(std::string_view bytes);

}  // namespace patchbay
