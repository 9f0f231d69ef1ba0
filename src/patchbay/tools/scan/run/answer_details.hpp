// AnswerDetails: how targets answered, beyond what AnswerMap has of each.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/tools/scan/scan_answer.hpp"

namespace patchbay {

// UINT32_MAX where it is not known, and never otherwise.
std::uint32_t whole_microseconds(std::optional<Duration> time);

// 16 bytes for each target that is open, or that somebody on the way rejected for another reason
// than the first of its host. For the others of these the host has a record, 4 bytes: a router
// mostly says the same of all of a host's ports.
class AnswerDetails {
 public:
  // Of targets beyond these nothing more is kept.
  static constexpr std::size_t k_most = 2'000'000;
  // Those that their host's record speaks for are kept up to here, with their time and try.
  static constexpr std::size_t k_most_repeated = 65'536;
  // Few speak for others, the routers on the way: of a liar with more names it is not kept who
  // spoke.
  static constexpr std::size_t k_most_speakers = 1'024;

  struct Detail {
    std::uint64_t place : 40;  // host × ports + port: those of a host stand side by side
    std::uint64_t reason : 8;
    std::uint64_t attempt : 8;
    std::uint64_t hop_limit : 8;
    std::uint32_t round_trip_us;  // UINT32_MAX: not known
    std::uint32_t by : 31;        // one more than its place among the speakers; 0: the host itself
    std::uint32_t zero_window : 1;
  };
  // What was said of a host's rejected targets, but for those that have details of their own.
  struct Rejection {
    std::uint32_t host;
    std::uint32_t reason : 8;
    std::uint32_t by : 24;  // as in Detail
  };
  // All of it, for a file: nothing in it has bytes that mean nothing.
  struct Saved {
    std::vector<Detail> details;
    std::vector<Rejection> rejections;  // of hosts in order
    std::vector<IpAddress> speakers;
  };

  // Of more than `k_most_hosts` hosts none has a record.
  static constexpr std::uint64_t k_most_hosts = 1'000'000;
  AnswerDetails(std::uint64_t hosts, std::size_t ports);

  // Of a target that is open or was rejected. `is_first`: it was neither before.
  void keep(std::uint64_t host, std::size_t port, const ScanAnswer& answer, bool is_first);

  // Those of a host in the order of its ports; all of them in that of places. Sorts what was kept
  // since the last time, so ask when the scan is over.
  std::span<const Detail> of(std::uint64_t host) const;
  std::span<const Detail> all() const;
  // What is known of a target that is open or was rejected, in place of the reason and of all that
  // is not known in `answer`. `details` are those of its host.
  void tell(ScanAnswer& answer, std::uint64_t host, std::size_t port,
            std::span<const Detail> details) const;
  void tell(ScanAnswer& answer, const Detail& detail) const;
  // … which has no details.
  void tell_rejected(ScanAnswer& answer, std::uint64_t host) const;

  std::span<const IpAddress> speakers() const { return speakers_; }
  // As they come, for a file: Saved has the same.
  std::span<const Detail> details() const { return details_; }
  template <class Visit>
  void for_each_rejection(Visit visit) const {
    for (std::size_t host = 0; host < records_.size(); ++host) {
      if (records_[host].reason == AnswerReason::no_response) continue;
      visit(Rejection{.host = static_cast<std::uint32_t>(host),
                      .reason = static_cast<std::uint32_t>(records_[host].reason),
                      .by = records_[host].by});
    }
  }
  std::size_t bytes() const;  // of memory

  Saved saved() const;
  // Whether it could be one of saved(): no number in it is out of range.
  static bool fits(const Saved& saved, std::uint64_t hosts, std::size_t ports);
  // `saved` fits.
  void restore(Saved saved);

 private:
  struct Record {
    AnswerReason reason = AnswerReason::no_response;  // then there is none yet
    std::uint16_t by = 0;
  };

  bool has_records() const { return hosts_ <= k_most_hosts; }
  bool replace(const Detail& detail);
  bool repeats(std::uint64_t host, const Detail& detail);
  std::uint32_t speaker(const IpAddress& address);
  void sort() const;

  std::uint64_t hosts_;
  std::size_t ports_;
  mutable std::vector<Detail> details_;  // none twice; by place up to sorted_
  mutable std::size_t sorted_ = 0;
  std::vector<Record> records_;  // of hosts; empty while nothing was rejected
  std::vector<IpAddress> speakers_;
};

}  // namespace patchbay
