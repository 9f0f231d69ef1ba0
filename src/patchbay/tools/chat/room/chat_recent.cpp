#include "patchbay/tools/chat/room/chat_recent.hpp"

#include <algorithm>

namespace patchbay {

bool is_before(const ChatMessage& message, const ChatPoint& point) {
  return point.id ? message.id < *point.id : message.at < point.at;
}

bool is_after(const ChatMessage& message, const ChatPoint& point) {
  return point.id ? message.id > *point.id : message.at > point.at;
}

namespace {

using Recent = std::deque<SharedChatMessage>;
using Place = Recent::const_iterator;

class Reader {
 public:
  Reader(const ChatRoom& room, const ChatHistoryQuery& query, bool is_all)
      : recent_(room.recent), query_(query) {
    const std::uint64_t first =
        recent_.empty() ? room.last_sequence + 1 : recent_.front()->sequence;
    has_all_ = is_all || first == 1;
  }

  std::optional<std::vector<SharedChatMessage>> read() const {
    using enum ChatHistoryQuery::Way;
    switch (query_.way) {
      case latest: return last_of(query_.from, recent_.end());
      case before: return last_of(std::nullopt, first_not_before(*query_.from));
      case after: return first_of(*query_.from, recent_.end());
      case around: return around_point(*query_.from);
      case between: return between_points(*query_.from, *query_.to);
    }
    return std::nullopt;
  }

 private:
  using Answer = std::optional<std::vector<SharedChatMessage>>;

  // The first one that is not before the point, and the first one behind it.
  Place first_not_before(const ChatPoint& point) const {
    return std::ranges::partition_point(recent_,
                                        [&](const auto& each) { return is_before(*each, point); });
  }
  Place first_after(const ChatPoint& point) const {
    return std::ranges::partition_point(recent_,
                                        [&](const auto& each) { return !is_after(*each, point); });
  }
  // Nothing that was said after the point is missing.
  bool reaches_back_to(const ChatPoint& point) const {
    return has_all_ || (!recent_.empty() && !is_after(*recent_.front(), point));
  }

  Answer copy(Place begin, Place end) const { return std::vector<SharedChatMessage>(begin, end); }

  // The last ones before `end`, as far back as `from`.
  Answer last_of(const std::optional<ChatPoint>& from, Place end) const {
    const Place least = from ? std::min(first_after(*from), end) : recent_.begin();
    const auto there = static_cast<std::size_t>(end - least);
    if (there < query_.limit && !(from ? reaches_back_to(*from) : has_all_)) return std::nullopt;
    return copy(end - static_cast<std::ptrdiff_t>(std::min(there, query_.limit)), end);
  }

  // The first ones behind the point, before `end`.
  Answer first_of(const ChatPoint& point, Place end) const {
    if (!reaches_back_to(point)) return std::nullopt;
    const Place begin = std::min(first_after(point), end);
    const auto there = static_cast<std::size_t>(end - begin);
    return copy(begin, begin + static_cast<std::ptrdiff_t>(std::min(there, query_.limit)));
  }

  Answer around_point(const ChatPoint& point) const {
    const Place middle = first_not_before(point);
    const auto earlier = static_cast<std::size_t>(middle - recent_.begin());
    const std::size_t wanted = query_.limit / 2;
    if (!reaches_back_to(point) || (earlier < wanted && !has_all_)) return std::nullopt;
    const auto later = static_cast<std::size_t>(recent_.end() - middle);
    const std::size_t front = std::min(earlier, wanted);
    const std::size_t back = std::min(later, query_.limit - front);
    return copy(middle - static_cast<std::ptrdiff_t>(front),
                middle + static_cast<std::ptrdiff_t>(back));
  }

  Answer between_points(const ChatPoint& from, const ChatPoint& to) const {
    const auto forwards = is_in_order(from, to);
    if (!forwards) return has_all_ ? Answer(std::in_place) : std::nullopt;
    if (*forwards) return first_of(from, first_not_before(to));
    return last_of(to, first_not_before(from));
  }

  // Nothing: a message and a time, and the message is not here.
  std::optional<bool> is_in_order(const ChatPoint& a, const ChatPoint& b) const {
    if (a.id && b.id) return *a.id <= *b.id;
    if (!a.id && !b.id) return a.at <= b.at;
    const ChatPoint& known = a.id ? a : b;
    const Place found = first_not_before(known);
    if (found == recent_.end() || (*found)->id != *known.id) return std::nullopt;
    return a.id ? (*found)->at <= b.at : a.at <= (*found)->at;
  }

  const Recent& recent_;
  const ChatHistoryQuery& query_;
  bool has_all_;
};

}  // namespace

std::optional<std::vector<SharedChatMessage>> read_recent(const ChatRoom& room,
                                                          const ChatHistoryQuery& query,
                                                          bool is_all) {
  return Reader(room, query, is_all).read();
}

}  // namespace patchbay
