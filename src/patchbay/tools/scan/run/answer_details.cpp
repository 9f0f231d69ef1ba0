#include "patchbay/tools/scan/run/answer_details.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

using Detail = AnswerDetails::Detail;
using Rejection = AnswerDetails::Rejection;

static_assert(sizeof(Detail) == 16 && sizeof(Rejection) == 8);

std::uint64_t place_of(const Detail& detail) { return detail.place; }

bool is_reason(std::uint64_t number) {
  return number <= static_cast<std::uint64_t>(AnswerReason::not_permitted);
}

}  // namespace

std::uint32_t whole_microseconds(std::optional<Duration> time) {
  if (!time) return UINT32_MAX;
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(*time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, UINT32_MAX - 1));
}

AnswerDetails::AnswerDetails(std::uint64_t hosts, std::size_t ports)
    : hosts_(hosts), ports_(ports) {}

void AnswerDetails::keep(std::uint64_t host, std::size_t port, const ScanAnswer& answer,
                         bool is_first) {
  const Detail detail{.place = host * ports_ + port,
                      .reason = static_cast<std::uint64_t>(answer.reason),
                      .attempt = answer.attempt,
                      .hop_limit = answer.hop_limit,
                      .round_trip_us = whole_microseconds(answer.round_trip),
                      .by = answer.by ? speaker(*answer.by) : 0,
                      .zero_window = answer.zero_window};
  if (!is_first && replace(detail)) return;
  const bool is_rejected = answer.state == PortState::filtered;
  if (is_rejected && repeats(host, detail) && details_.size() >= k_most_repeated) return;
  if (details_.size() < k_most) {
    details_.push_back(detail);
  } else if (is_rejected && has_records()) {
    // Nobody is to be named for what somebody else has said.
    records_[host] = {.reason = AnswerReason::other_unreachable};
  }
}

// What was kept of the target before, where anything was.
bool AnswerDetails::replace(const Detail& detail) {
  const auto known = std::ranges::find(details_, place_of(detail), place_of);
  if (known == details_.end()) return false;
  *known = detail;
  return true;
}

// Whether the record of its host says as much. The first that is rejected makes the record.
bool AnswerDetails::repeats(std::uint64_t host, const Detail& detail) {
  if (!has_records()) return false;
  if (records_.empty()) records_.resize(hosts_);
  Record& record = records_[host];
  const Record said{.reason = static_cast<AnswerReason>(detail.reason),
                    .by = static_cast<std::uint16_t>(detail.by)};
  if (record.reason == AnswerReason::no_response) record = said;
  return record.reason == said.reason && record.by == said.by;
}

// One more than its place.
std::uint32_t AnswerDetails::speaker(const IpAddress& address) {
  const auto found = std::ranges::find(speakers_, address);
  if (found != speakers_.end()) return static_cast<std::uint32_t>(found - speakers_.begin()) + 1;
  if (speakers_.size() == k_most_speakers) return 0;
  speakers_.push_back(address);
  return static_cast<std::uint32_t>(speakers_.size());
}

void AnswerDetails::sort() const {
  if (sorted_ == details_.size()) return;
  std::ranges::sort(details_, {}, place_of);
  sorted_ = details_.size();
}

std::span<const Detail> AnswerDetails::of(std::uint64_t host) const {
  sort();
  const auto first = std::ranges::lower_bound(details_, host * ports_, {}, place_of);
  auto last = first;
  while (last != details_.end() && last->place < (host + 1) * ports_) ++last;
  return {first, last};
}

std::span<const Detail> AnswerDetails::all() const {
  sort();
  return details_;
}

void AnswerDetails::tell(ScanAnswer& answer, std::uint64_t host, std::size_t port,
                         std::span<const Detail> details) const {
  const std::uint64_t place = host * ports_ + port;
  const auto found = std::ranges::lower_bound(details, place, {}, place_of);
  if (found != details.end() && found->place == place) {
    tell(answer, *found);
  } else if (answer.state == PortState::filtered) {
    tell_rejected(answer, host);
  }
}

void AnswerDetails::tell(ScanAnswer& answer, const Detail& detail) const {
  answer.reason = static_cast<AnswerReason>(detail.reason);
  answer.hop_limit = static_cast<std::uint8_t>(detail.hop_limit);
  answer.attempt = static_cast<std::uint8_t>(detail.attempt);
  answer.zero_window = detail.zero_window != 0;
  if (detail.by != 0) answer.by = speakers_[detail.by - 1];
  if (detail.round_trip_us != UINT32_MAX) {
    answer.round_trip = std::chrono::microseconds(detail.round_trip_us);
  }
}

void AnswerDetails::tell_rejected(ScanAnswer& answer, std::uint64_t host) const {
  if (records_.empty() || records_[host].reason == AnswerReason::no_response) return;
  answer.reason = records_[host].reason;
  if (records_[host].by != 0) answer.by = speakers_[records_[host].by - 1U];
}

std::size_t AnswerDetails::bytes() const {
  return details_.capacity() * sizeof(Detail) + records_.capacity() * sizeof(Record) +
         speakers_.capacity() * sizeof(IpAddress);
}

AnswerDetails::Saved AnswerDetails::saved() const {
  Saved saved{.details = details_, .rejections = {}, .speakers = speakers_};
  for_each_rejection([&](const Rejection& one) { saved.rejections.push_back(one); });
  return saved;
}

bool AnswerDetails::fits(const Saved& saved, std::uint64_t hosts, std::size_t ports) {
  const std::size_t speakers = saved.speakers.size();
  if (speakers > k_most_speakers || (hosts > k_most_hosts && !saved.rejections.empty())) {
    return false;
  }
  const bool details_fit = std::ranges::all_of(saved.details, [&](const Detail& detail) {
    return detail.place < hosts * ports && detail.by <= speakers && is_reason(detail.reason);
  });
  return details_fit && std::ranges::all_of(saved.rejections, [&](const Rejection& rejection) {
           return rejection.host < hosts && rejection.by <= speakers && is_reason(rejection.reason);
         });
}

void AnswerDetails::restore(Saved saved) {
  details_ = std::move(saved.details);
  sorted_ = 0;
  speakers_ = std::move(saved.speakers);
  records_.clear();
  if (!saved.rejections.empty()) records_.resize(hosts_);
  for (const Rejection& rejection : saved.rejections) {
    records_[rejection.host] = {.reason = static_cast<AnswerReason>(rejection.reason),
                                .by = static_cast<std::uint16_t>(rejection.by)};
  }
}

}  // namespace patchbay
