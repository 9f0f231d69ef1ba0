#include "patchbay/tools/lab/lab_report.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

std::string packets(std::uint64_t count) {
  return fmt::format("{} packet{}", count, count == 1 ? "" : "s");
}

}  // namespace

void print_end(Output& out, const ShownEnd& end) {
  std::vector<std::string> addresses;
  std::string words;
  for (const InterfaceAddress& address : end.addresses) {
    addresses.push_back(address.address.to_string());
    words += " " + addresses.back();
  }
  out.emit(Record("end_point")
               .text("host", end.name)
               .text("device", end.device)
               .list("addresses", addresses),
           fmt::format("{}:{}  ({})", out.style(Tone::bold, escape_terminal(end.name)), words,
                       end.device));
}

void print_carried(Output& out, std::string_view from, std::string_view to,
                   const RelayTotals& totals, std::uint64_t missed) {
  const LinkTotals& link = totals.link;
  std::string text = fmt::format("{} → {}: {} ({}), {} delivered", escape_terminal(from),
                                 escape_terminal(to), packets(link.offered_packets),
                                 format_size(link.offered_bytes), totals.delivered_packets);
  const auto add = [&text](std::uint64_t count, std::string_view what) {
    if (count > 0) text += fmt::format(", {} {}", count, what);
  };
  add(link.lost_packets, "lost");
  add(link.dropped_packets, "dropped by the full queue");
  add(link.duplicated_packets, "duplicated");
  add(link.reordered_packets, "held back");
  add(totals.refused_packets, "refused by the other end");
  add(totals.overflow_packets, "beyond the relay's memory");
  add(missed, "missed: the relay was too slow");
  out.emit(Record("carried")
               .text("from", from)
               .text("to", to)
               .count("offered_packets", link.offered_packets)
               .bytes("offered_bytes", link.offered_bytes)
               .count("delivered_packets", totals.delivered_packets)
               .bytes("delivered_bytes", totals.delivered_bytes)
               .count("lost_packets", link.lost_packets)
               .count("dropped_packets", link.dropped_packets)
               .count("duplicated_packets", link.duplicated_packets)
               .count("reordered_packets", link.reordered_packets)
               .count("refused_packets", totals.refused_packets)
               .count("overflow_packets", totals.overflow_packets)
               .count("missed_packets", missed),
           text);
}

}  // namespace patchbay
