#include "patchbay/net/ip_set.hpp"

#include <algorithm>

namespace patchbay {

namespace {

template <class Number>
using SpanList = std::vector<std::pair<Number, Number>>;

// Sorted, and with those joined that overlap or touch.
template <class Number>
void settle(SpanList<Number>& spans) {
  std::ranges::sort(spans);
  std::size_t kept = 0;
  for (const auto& span : spans) {
    const bool joins = kept > 0 && (span.first <= spans[kept - 1].second ||
                                    span.first - 1 == spans[kept - 1].second);
    if (joins) {
      spans[kept - 1].second = std::max(spans[kept - 1].second, span.second);
    } else {
      spans[kept++] = span;
    }
  }
  spans.resize(kept);
}

template <class Number>
SpanList<Number> spans_of(std::span<const IpRange> ranges, Family family) {
  SpanList<Number> spans;
  for (const IpRange& range : ranges) {
    if (range.family() != family) continue;
    spans.emplace_back(static_cast<Number>(number_of(range.first)),
                       static_cast<Number>(number_of(range.last)));
  }
  return spans;
}

IpNumber saturating_sum(IpNumber a, IpNumber b) {
  return a > ~IpNumber{0} - b ? ~IpNumber{0} : a + b;
}

}  // namespace

void IpSpans::add(const IpRange& range) {
  const IpNumber first = number_of(range.first);
  const IpNumber last = number_of(range.last);
  if (range.family() == Family::v6) {
    v6.emplace_back(first, last);
  } else {
    v4.emplace_back(static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(last));
  }
}

void IpSpans::add(const IpSpans& more) {
  v4.insert(v4.end(), more.v4.begin(), more.v4.end());
  v6.insert(v6.end(), more.v6.begin(), more.v6.end());
}

void IpSpans::settle() {
  patchbay::settle(v4);
  patchbay::settle(v6);
}

template <class Number>
void IpSet::Spans<Number>::take(std::vector<std::pair<Number, Number>> spans) {
  spans_ = std::move(spans);
  settle(spans_);
  spans_.shrink_to_fit();
}

// One walk over both, since both are sorted.
template <class Number>
void IpSet::Spans<Number>::drop(std::vector<std::pair<Number, Number>> holes) {
  if (holes.empty()) return;
  settle(holes);
  SpanList<Number> left;
  auto hole = holes.begin();
  for (auto [first, last] : spans_) {
    while (hole != holes.end() && hole->second < first) ++hole;
    bool gone = false;
    for (auto in = hole; in != holes.end() && in->first <= last; ++in) {
      if (in->first > first) left.emplace_back(first, in->first - 1);
      gone = in->second >= last;
      if (gone) break;
      first = in->second + 1;
    }
    if (!gone) left.emplace_back(first, last);
  }
  spans_ = std::move(left);
}

template <class Number>
void IpSet::Spans<Number>::count() {
  before_.clear();
  before_.reserve(spans_.size());
  IpNumber sum = 0;
  for (const auto& [first, last] : spans_) {
    before_.push_back(static_cast<Number>(sum));
    sum = saturating_sum(sum, saturating_sum(IpNumber{last} - first, 1));
  }
}

template <class Number>
bool IpSet::Spans<Number>::contains(Number number) const {
  const auto behind =
      std::ranges::upper_bound(spans_, number, {}, &std::pair<Number, Number>::first);
  return behind != spans_.begin() && number <= std::prev(behind)->second;
}

template <class Number>
IpNumber IpSet::Spans<Number>::size() const {
  if (spans_.empty()) return 0;
  const auto& [first, last] = spans_.back();
  return saturating_sum(before_.back(), saturating_sum(IpNumber{last} - first, 1));
}

template <class Number>
Number IpSet::Spans<Number>::at(IpNumber index) const {
  const auto behind = std::ranges::upper_bound(before_, static_cast<Number>(index));
  const auto at = static_cast<std::size_t>(behind - before_.begin()) - 1;
  return static_cast<Number>(spans_[at].first + (index - before_[at]));
}

// Numbers behind the end of a span have all of it before them.
template <class Number>
IpNumber IpSet::Spans<Number>::before(Number number) const {
  const auto behind =
      std::ranges::upper_bound(spans_, number, {}, &std::pair<Number, Number>::first);
  if (behind == spans_.begin()) return 0;
  const auto& [first, last] = *std::prev(behind);
  const IpNumber sum = before_[static_cast<std::size_t>(behind - spans_.begin()) - 1];
  const IpNumber inside = number > last ? saturating_sum(last - first, 1) : number - first;
  return saturating_sum(sum, inside);
}

IpSet::IpSet(IpSpans spans) {
  v4_.take(std::move(spans.v4));
  v4_.count();
  v6_.take(std::move(spans.v6));
  v6_.count();
}

IpSet IpSet::without(const IpSet& other) const {
  IpSet left = *this;
  left.v4_.drop(other.v4_.spans());
  left.v4_.count();
  left.v6_.drop(other.v6_.spans());
  left.v6_.count();
  return left;
}

IpSet::IpSet(std::span<const IpRange> included, std::span<const IpRange> excluded) {
  v4_.take(spans_of<std::uint32_t>(included, Family::v4));
  v4_.drop(spans_of<std::uint32_t>(excluded, Family::v4));
  v4_.count();
  v6_.take(spans_of<IpNumber>(included, Family::v6));
  v6_.drop(spans_of<IpNumber>(excluded, Family::v6));
  v6_.count();
}

bool IpSet::contains(const IpAddress& address) const {
  const IpNumber number = number_of(address);
  return address.is_v4() ? v4_.contains(static_cast<std::uint32_t>(number)) : v6_.contains(number);
}

IpNumber IpSet::size() const {
  return v6_.empty() ? v4_.size() : saturating_sum(v4_.size(), v6_.size());
}

IpAddress IpSet::at(IpNumber index) const {
  if (index < v4_.size()) return address_of(v4_.at(index), Family::v4);
  return address_of(v6_.at(index - v4_.size()), Family::v6);
}

IpNumber IpSet::index_of(const IpAddress& address) const {
  const IpNumber number = number_of(address);
  if (address.is_v4()) return v4_.before(static_cast<std::uint32_t>(number));
  return saturating_sum(v4_.size(), v6_.before(number));
}

IpNumber IpSet::count_in(const IpRange& range) const {
  const IpNumber less_one = index_of(range.last) - index_of(range.first);
  return saturating_sum(less_one, contains(range.last) ? 1 : 0);
}

std::vector<IpRange> IpSet::ranges() const {
  std::vector<IpRange> all;
  for (const auto& [first, last] : v4_.spans()) {
    all.push_back({address_of(first, Family::v4), address_of(last, Family::v4)});
  }
  for (const auto& [first, last] : v6_.spans()) {
    all.push_back({address_of(first, Family::v6), address_of(last, Family::v6)});
  }
  return all;
}

std::vector<IpNetwork> IpSet::networks() const {
  std::vector<IpNetwork> all;
  for (const IpRange& range : ranges()) {
    const auto some = networks_of(range);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace patchbay
