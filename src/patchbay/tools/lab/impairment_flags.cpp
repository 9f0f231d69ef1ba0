#include "patchbay/tools/lab/impairment_flags.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/base/number.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

std::unexpected<Failure> refuse(std::string why) {
  return std::unexpected(Failure({}, std::move(why), "write a share as 1% or 0.05%"));
}

}  // namespace

std::expected<double, Failure> parse_percent(std::string_view text) {
  std::string_view rest = text;
  const auto number = decimal::take_number(rest);
  if (!number) return refuse("it is no share");
  if (rest.starts_with(' ')) rest.remove_prefix(1);
  if (rest.empty()) return refuse("it has no %, and could be meant as a part of 1 or of 100");
  if (rest != "%") return refuse("it is no share");
  const double value =
      static_cast<double>(number->whole) +
      static_cast<double>(number->fraction) / static_cast<double>(number->fraction_unit);
  if (value > 100) return refuse("it is more than all: 100%");
  return value / 100;
}

std::string format_percent(double share) { return fmt::format("{:.6g} %", share * 100); }

Value percent(double& target) {
  Value value;
  value.kind = ValueKind::text;
  value.assign = [&target](std::string_view word) -> std::expected<void, Failure> {
    const auto share = parse_percent(word);
    if (!share) return std::unexpected(share.error());
    target = *share;
    return {};
  };
  value.initial = fmt::format("{:.6g}%", target * 100);
  return value;
}

void declare_impairment(Command& command, Impairment& o) {
  command.flag("--delay TIME", duration(o.delay, 0s, 1min), "of each packet, one way");
  command.flag("--jitter TIME", duration(o.jitter, 0s, 1min), "the delay varies by ± TIME");
  command.flag("--loss SHARE", percent(o.loss), "of the packets that never arrive");
  command.flag("--rate RATE", rate(o.rate_bits_per_second, 1000),
               "bits a second that fit through; 0 is no limit");
  command.flag("--queue N", count(o.queue_packets, 1, 1'000'000),
               "packets that wait for their turn at --rate; others are dropped");
  command.section("More that goes wrong");
  command
      .flag("--loss-burst N", number(o.burst_packets, 0, 1e6),
            "the losses of --loss come in bursts of N packets on average")
      .needs("loss");
  command.flag("--burst-loss SHARE", percent(o.burst_loss), "of the packets of a burst are lost")
      .needs("loss-burst");
  command.flag("--duplicate SHARE", percent(o.duplicate), "of the packets arrive twice");
  command.flag("--reorder SHARE", percent(o.reorder),
               "of the packets are held back, and later ones overtake them");
  command
      .flag("--reorder-by TIME", duration(o.reorder_by, 1us, 1min), "how long they are held back")
      .needs("reorder");
}

std::string describe(const Impairment& impairment) {
  std::string text;
  const auto add = [&text](std::string part) {
    text += (text.empty() ? "" : ", ") + std::move(part);
  };
  if (impairment.delay > 0s || impairment.jitter > 0s) {
    add(impairment.jitter > 0s ? fmt::format("{} ± {}", format_duration(impairment.delay),
                                             format_duration(impairment.jitter))
                               : format_duration(impairment.delay));
  }
  if (impairment.loss > 0) {
    add(impairment.burst_packets > 0
            ? fmt::format("{} lost in bursts of {:g}", format_percent(impairment.loss),
                          impairment.burst_packets)
            : fmt::format("{} lost", format_percent(impairment.loss)));
  }
  if (impairment.duplicate > 0) add(format_percent(impairment.duplicate) + " twice");
  if (impairment.reorder > 0) {
    add(fmt::format("{} held back by {}", format_percent(impairment.reorder),
                    format_duration(impairment.reorder_by)));
  }
  if (impairment.rate_bits_per_second > 0) {
    add(fmt::format("{} with a queue of {}", format_rate(impairment.rate_bits_per_second),
                    impairment.queue_packets));
  }
  return text.empty() ? "nothing" : text;
}

Record to_record(const Impairment& impairment) {
  Record record("link");
  record.time_us("delay_us", impairment.delay)
      .time_us("jitter_us", impairment.jitter)
      .number("loss", impairment.loss)
      .number("loss_burst_packets", impairment.burst_packets)
      .number("burst_loss", impairment.burst_loss)
      .number("duplicate", impairment.duplicate)
      .number("reorder", impairment.reorder)
      .time_us("reorder_by_us", impairment.reorder_by)
      .count("rate_bits_per_second", impairment.rate_bits_per_second)
      .count("queue_packets", impairment.queue_packets);
  return record;
}

}  // namespace patchbay
