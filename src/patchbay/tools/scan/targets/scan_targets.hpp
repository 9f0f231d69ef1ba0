// ScanTargets: from words to the addresses of a scan, with everything excluded taken out of them.
//
//   ScanTargets targets(Family::any);
//   targets.add(TargetUse::scan, "10.0.0.0/24,web1.lab");      // and of each the failure
//   targets.add_file(TargetUse::scan, "hosts.txt");            // -iL
//   targets.add(TargetUse::exclude, "10.0.0.1");               // --exclude
//   targets.add_system_exclusions();
//   const auto found = co_await look_up_targets(targets.names(), {.family = Family::any});
//   const auto set = targets.settle(*found);
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/outcome.hpp"
#include "patchbay/tools/scan/targets/target_names.hpp"

namespace patchbay {

// What is excluded always is so by the administrator of this host, in a file of its own.
enum class TargetUse : std::uint8_t { scan, exclude, exclude_always };

// Read before every scan. One that is not there excludes nothing; one that cannot be read is a
// reason not to scan.
inline constexpr const char* k_system_exclude_file = "/etc/patchbay/scan-exclude";

struct NameFailure {
  std::string name;
  Error error;
};

// What a scan has for its targets.
struct TargetSet {
  IpSet hosts;
  // The first name that gave an address, by IpAddress::to_string(); as ScanPlan has it.
  std::unordered_map<std::string, std::string> names = {};
  // Names that gave no address. The others are scanned, and the command ends with exit_partly.
  std::vector<NameFailure> failures = {};
  IpNumber excluded = 0;         // how many addresses the user took away,
  IpNumber excluded_always = 0;  // and how many more the system-wide file did
  std::uint64_t left_out = 0;    // words that name addresses of the family not asked for
};

struct TargetLimits {
  std::size_t ranges = std::size_t{1} << 25;  // for each use: 256 MiB of IPv4
  std::size_t names = 1'000'000;
};

class ScanTargets {
 public:
  // Of one family only, or of both.
  explicit ScanTargets(Family family = Family::any, TargetLimits limits = {});

  // A word, or several with commas between them, as read_target() has them.
  std::expected<void, Failure> add(TargetUse use, std::string_view list);
  // One such word or more a line; "-" is stdin (-iL, --excludefile).
  std::expected<void, Failure> add_file(TargetUse use, const std::string& path);
  std::expected<void, Failure> add_system_exclusions(
      const std::string& path = k_system_exclude_file);

  Family family() const { return family_; }
  // What has to be looked up, each once.
  const std::vector<std::string>& names() const { return names_; }

  // With all that was found for names(). Refused: a name that is to be excluded and is not known
  // (its host might be scanned), and when no address is left. When that is because no name has
  // one, the set is empty, and its failures say why. Empties this.
  std::expected<TargetSet, Failure> settle(const std::vector<LookedUpName>& looked_up);

 private:
  // What was said for one use.
  struct Said {
    IpSpans spans;
    std::size_t settled = 0;  // so many ranges there were when they were last joined
    std::vector<std::string> names;
  };

  Said& said(TargetUse use) { return said_[static_cast<std::size_t>(use)]; }
  std::expected<void, Failure> add_word(TargetUse use, std::string_view word);
  std::expected<void, Failure> add_name(TargetUse use, std::string_view name);
  Failure nothing_left(const TargetSet& set, IpNumber named) const;

  Family family_;
  TargetLimits limits_;
  Said said_[3];
  std::vector<std::string> names_;
  std::unordered_map<std::string, unsigned> uses_of_name_;  // a bit for each
  std::uint64_t left_out_ = 0;
};

}  // namespace patchbay
