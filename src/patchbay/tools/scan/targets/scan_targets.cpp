#include "patchbay/tools/scan/targets/scan_targets.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/net/resolve.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/targets/target_file.hpp"
#include "patchbay/tools/scan/targets/target_word.hpp"

namespace patchbay {

namespace {

using Done = std::expected<void, Failure>;

// What was found, by name.
class FoundNames {
 public:
  explicit FoundNames(const std::vector<LookedUpName>& looked_up) {
    for (const LookedUpName& one : looked_up) found_.emplace(one.name, &one);
  }
  // Every name is one of names(), and all of those were to be looked up.
  const Result<std::vector<IpAddress>>& of(const std::string& name) const {
    static const Result<std::vector<IpAddress>> k_missing =
        Error(Fault::resolve, "resolve", "it was not looked up");
    const auto place = found_.find(name);
    return place == found_.end() ? k_missing : place->second->addresses;
  }

 private:
  std::unordered_map<std::string_view, const LookedUpName*> found_;
};

Done exclude_names(const std::vector<std::string>& names, const FoundNames& found, IpSpans& spans) {
  for (const std::string& name : names) {
    const auto& addresses = found.of(name);
    if (!addresses && found_no_address(addresses.error())) continue;  // nothing to scan either
    if (!addresses) {
      return std::unexpected(
          Failure(fmt::format("cannot exclude {}", name),
                  fmt::format("its addresses are not known: {}", addresses.error().why()),
                  "exclude it by its addresses: as it is, a scan might reach it"));
    }
    for (const IpAddress& address : *addresses) spans.add(IpRange{address, address});
  }
  return {};
}

void include_names(const std::vector<std::string>& names, const FoundNames& found, IpSpans& spans,
                   TargetSet& set) {
  for (const std::string& name : names) {
    const auto& addresses = found.of(name);
    if (!addresses) {
      set.failures.push_back({name, addresses.error()});
      continue;
    }
    for (const IpAddress& address : *addresses) {
      spans.add(IpRange{address, address});
      set.names.emplace(address.to_string(), name);
    }
  }
}

// Takes `holes` out of `set`, and gives how many addresses that were.
IpNumber take_out(IpSet& set, IpSpans holes) {
  if (holes.size() == 0) return 0;
  const IpNumber before = set.size();
  set = set.without(IpSet(std::move(holes)));
  return before - set.size();
}

}  // namespace

ScanTargets::ScanTargets(Family family, TargetLimits limits) : family_(family), limits_(limits) {}

Done ScanTargets::add(TargetUse use, std::string_view list) {
  if (!list.contains(',')) return add_word(use, list);  // as in each of millions of lines
  for (const std::string_view word : split_targets(list)) {
    if (auto done = add_word(use, word); !done) return done;
  }
  return {};
}

Done ScanTargets::add_file(TargetUse use, const std::string& path) {
  return read_target_file(path, MissingFile::is_a_failure,
                          [this, use](std::string_view list) { return add(use, list); });
}

Done ScanTargets::add_system_exclusions(const std::string& path) {
  return read_target_file(path, MissingFile::is_empty, [this](std::string_view list) {
    return add(TargetUse::exclude_always, list);
  });
}

Done ScanTargets::add_word(TargetUse use, std::string_view word) {
  Said& said = this->said(use);
  // Millions of ranges that are few when they are joined have room. Where joining has not made them
  // half as many, there is none left.
  if (said.spans.size() >= limits_.ranges && said.settled <= limits_.ranges / 2) {
    said.spans.settle();
    said.settled = said.spans.size();
  }
  const auto kind = read_target(word, said.spans, limits_.ranges);
  if (!kind) return std::unexpected(kind.error());
  if (*kind == TargetKind::name) return add_name(use, word);
  const Family family = *kind == TargetKind::v6 ? Family::v6 : Family::v4;
  if (use == TargetUse::scan && family_ != Family::any && family != family_) ++left_out_;
  return {};
}

Done ScanTargets::add_name(TargetUse use, std::string_view name) {
  const std::string own(name);
  unsigned& uses = uses_of_name_[own];
  if (uses == 0 && names_.size() >= limits_.names) {
    return std::unexpected(
        Failure(fmt::format("cannot use the target {}", shown_word(name)),
                fmt::format("{} are to be looked up already", counted(names_.size(), "name")),
                "scan some of them at a time, or name them by their addresses"));
  }
  if (uses == 0) names_.push_back(own);
  const unsigned bit = 1U << static_cast<unsigned>(use);
  if ((uses & bit) == 0) said(use).names.push_back(own);
  uses |= bit;
  return {};
}

std::expected<TargetSet, Failure> ScanTargets::settle(const std::vector<LookedUpName>& looked_up) {
  const FoundNames found(looked_up);
  for (const TargetUse use : {TargetUse::exclude, TargetUse::exclude_always}) {
    if (auto done = exclude_names(said(use).names, found, said(use).spans); !done) {
      return std::unexpected(std::move(done.error()));
    }
  }
  TargetSet set;
  set.left_out = left_out_;
  IpSpans& scanned = said(TargetUse::scan).spans;
  include_names(said(TargetUse::scan).names, found, scanned, set);
  if (family_ == Family::v4) scanned.v6.clear();
  if (family_ == Family::v6) scanned.v4.clear();
  set.hosts = IpSet(std::move(scanned));
  const IpNumber named = set.hosts.size();
  set.excluded = take_out(set.hosts, std::move(said(TargetUse::exclude).spans));
  set.excluded_always = take_out(set.hosts, std::move(said(TargetUse::exclude_always).spans));
  std::erase_if(set.names, [&set](const auto& name) {
    const auto address = IpAddress::parse(name.first);
    return !address || !set.hosts.contains(*address);
  });
  const bool is_empty = set.hosts.empty() && set.failures.empty();
  if (is_empty) return std::unexpected(nothing_left(set, named));
  return set;
}

Failure ScanTargets::nothing_left(const TargetSet& set, IpNumber named) const {
  if (named == 0 && set.left_out > 0) {
    const bool wants_v4 = family_ == Family::v4;
    return {"cannot scan: no target is left",
            fmt::format("all that is named is {}, and {} was asked for", wants_v4 ? "IPv6" : "IPv4",
                        wants_v4 ? "IPv4 alone (-4)" : "IPv6 alone (-6)"),
            fmt::format("leave out {}", wants_v4 ? "-4" : "-6")};
  }
  if (named == 0) {
    return {"cannot scan: no target is named", "neither the command nor a file of it has one",
            "patchbay scan 192.0.2.0/24"};
  }
  const std::string by_file =
      set.excluded_always == 0
          ? ""
          : fmt::format(", {} of them by {}", grouped(set.excluded_always), k_system_exclude_file);
  return {"cannot scan: no target is left",
          fmt::format("{} {} named, and all of that is excluded{}", counted(named, "address"),
                      named == 1 ? "is" : "are", by_file),
          "name other targets, or exclude less"};
}

}  // namespace patchbay
