#include "patchbay/tools/scan/session/target_search.hpp"

#include <utility>

#include "patchbay/tools/scan/scan_rights.hpp"
#include "patchbay/tools/scan/targets/target_names.hpp"

namespace patchbay {

namespace {

std::expected<void, Failure> read_targets(const ScanFlags& flags, ScanTargets& targets) {
  const RaisedRights raised(k_file_rights);
  std::expected<void, Failure> added;
  for (const std::string& word : flags.targets) {
    if (added) added = targets.add(TargetUse::scan, word);
  }
  if (added && flags.input_list) added = targets.add_file(TargetUse::scan, *flags.input_list);
  for (const std::string& word : flags.exclude) {
    if (added) added = targets.add(TargetUse::exclude, word);
  }
  if (added && flags.exclude_file) {
    added = targets.add_file(TargetUse::exclude, *flags.exclude_file);
  }
  if (added) added = targets.add_system_exclusions();
  return added;
}

}  // namespace

Task<std::expected<TargetSet, int>> find_targets(const ScanFlags& flags, Family family,
                                                 Output& out) {
  ScanTargets targets(family);
  const auto added = read_targets(flags, targets);
  if (!added) co_return std::unexpected(out.fail(added.error(), exit_usage));
  const auto names = co_await look_up_targets(targets.names(), {.family = family});
  if (!names) co_return std::unexpected(out.fail(names.error()));
  auto settled = targets.settle(*names);
  if (!settled) co_return std::unexpected(out.fail(settled.error(), exit_usage));
  for (const NameFailure& failure : settled->failures) out.fail(failure.error);
  if (settled->hosts.empty()) co_return std::unexpected(exit_failed);
  co_return std::move(*settled);
}

}  // namespace patchbay
