// PartProber: has one part of a scan after the other probed, and does meanwhile what whoever
// watches wants: tells how far it is, hears keys, writes what is found.
#pragma once

#include <functional>

#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_outputs.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/scan_keys.hpp"
#include "patchbay/tools/scan/scan_part.hpp"

namespace patchbay {

class PartProber {
 public:
  static constexpr Duration k_look = 200ms;  // how often it is looked how far something is

  // `save` is called as often as --checkpoint-every says. All that is given outlives it, and
  // `outputs` are told of nothing after its end.
  PartProber(const ScanFlags& flags, const ScanWayOut& way, Output& out, ScanOutputs& outputs,
             std::function<void()> save);
  PartProber(const PartProber&) = delete;
  PartProber& operator=(const PartProber&) = delete;

  // To its end. `is_last`: then the right to open sockets is given up, when those of this part are.
  // Whoever is not the last opens sockets for answers that another part will read. Faults: those of
  // ScanPart::probe().
  Task<Result<>> probe(ScanPart& part, bool is_last);

  // Some of the targets cannot be reached from this host, which was told.
  bool any_unreachable() const { return unreachable_; }
  // connect(2) says "unreachable" for this host and for routers alike. So the kernel is asked which
  // of the targets it has no way to, now that all of them were asked.
  void look_for_ways(const ScanPart& part);

 private:
  Task<Result<>> watch(ScanPart& part);
  Task<Result<>> write_what_was_told();
  Task<Result<>> hear_keys(ScanKeys& keys, ScanPart& part);
  void skip_host(ScanPart& part);
  void change_pace(ScanRun& run, double factor);
  void tell_no_way(const Error& error);

  const ScanFlags& flags_;
  const ScanWayOut& way_;
  Output& out_;
  ScanOutputs& outputs_;
  std::function<void()> save_;
  Event told_;  // something that is not written yet
  bool unreachable_ = false;
};

}  // namespace patchbay
