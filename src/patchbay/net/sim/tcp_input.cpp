// What becomes of a segment that arrives (RFC 9293 3.10.7).
#include <algorithm>
#include <cerrno>
#include <memory>
#include <utility>

#include "patchbay/net/sim/tcp_socket.hpp"

namespace patchbay::sim {

namespace {

constexpr Duration k_delayed_acknowledgement = 40ms;  // Linux: TCP_DELACK_MIN
constexpr Duration k_time_wait = 60s;
constexpr Duration k_orphan_limit = 60s;  // net.ipv4.tcp_fin_timeout
constexpr int k_duplicates_that_mean_loss = 3;

std::uint64_t length_of(const Packet& segment) {
  return segment.size() + (segment.tcp.syn ? 1 : 0) + (segment.tcp.fin ? 1 : 0);
}

}  // namespace

void TcpSocket::receive(PacketPointer segment) {
  const TcpHeader& header = segment->tcp;
  if (state_ == State::closed) return;
  if (state_ == State::listening) return receive_syn(*segment);
  heard_at_ = stack_.now();
  unanswered_probes_ = idle_probes_ = 0;
  if (state_ == State::syn_sent) return receive_in_syn_sent(*segment);
  if (header.syn) return receive_syn_again(*segment);
  if (!is_acceptable(*segment)) {
    // What asks how far this has come: old bytes, or a probe of an idle connection or a window. The
    // asker may know less than all that it has got acknowledged since.
    const bool asks = length_of(*segment) > 0 || header.sequence < received_until_;
    if (!header.rst && asks) acknowledge();
    return;
  }
  if (header.rst) return receive_reset();
  if (!header.ack || !take_acknowledgement(*segment)) return;
  if (header.sequence <= received_until_) peer_sent_at_ = header.sent_at;
  if (length_of(*segment) > 0) take_data(std::move(segment));
  if (state_ != State::closed) output();
}

// A program that has read the end of the stream hears of a reset only when it writes, as on Linux.
void TcpSocket::receive_reset() {
  if (state_ == State::time_wait || listener_ != nullptr) return end(0);
  end(state_ == State::close_wait ? EPIPE : ECONNRESET);
}

bool TcpSocket::gives_way_to(const Packet& segment) {
  if (state_ != State::time_wait || !segment.tcp.syn || segment.tcp.ack) return false;
  end(0);
  return true;
}

// --- the handshake -------------------------------------------------------------------------------

void TcpSocket::receive_syn(const Packet& syn) {
  if (!syn.tcp.syn || syn.tcp.ack || syn.tcp.rst) return;
  if (backlog_->ready.size() > backlog_->limit) return;  // no answer: the peer tries again later
  auto made = std::make_unique<TcpSocket>(stack_, spec_);
  TcpSocket& client = *made;
  client.options_ = options_;
  client.take_over_options();
  client.has_handle_ = false;
  client.listener_ = this;
  client.flow_ = {.local = syn.destination,
                  .remote = syn.source,
                  .local_port = syn.destination_port,
                  .remote_port = syn.source_port};
  if (stack_.find_route(syn.source, nullptr, client.route_) != 0) return;
  stack_.own(std::move(made));
  backlog_->half_open.push_back(&client);
  client.begin_connection(State::syn_received);
  client.received_until_ = syn.tcp.sequence + 1;
  client.peer_window_ = syn.tcp.window;
  client.window_told_at_ = syn.tcp.sequence;
  client.peer_sent_at_ = syn.tcp.sent_at;
  client.send_control(client.unacknowledged_, true, false);
  client.sent_until_ = client.highest_sent_ = client.unacknowledged_ + 1;
  client.waiting_since_ = stack_.now();
  client.retransmit_at_ = stack_.now() + client.round_trip_.timeout();
  client.rearm();
}

void TcpSocket::receive_in_syn_sent(const Packet& segment) {
  const TcpHeader& header = segment.tcp;
  if (header.ack && header.acknowledged != highest_sent_) {
    // Of a connection that this host knows no more. With a reset the peer forgets it, too.
    if (!header.rst) send_control(header.acknowledged, false, true);
    return;
  }
  if (header.rst) {
    if (header.ack) end(ECONNREFUSED);
    return;
  }
  if (!header.syn) return;
  received_until_ = header.sequence + 1;
  peer_window_ = header.window;
  window_told_at_ = header.sequence;
  peer_sent_at_ = header.sent_at;
  if (!header.ack) {
    // The peer connects to here at the same time (RFC 9293 3.5, figure 7).
    state_ = State::syn_received;
    return send_control(unacknowledged_, true, false);
  }
  round_trip_.sample(stack_.now() - header.echoed);
  state_ = State::established;
  advance(header.acknowledged);
  acknowledge();
  wake_writers();
  output();
}

// The answer to it was lost, or came too late; or both ends have begun at the same time.
void TcpSocket::receive_syn_again(const Packet& segment) {
  const TcpHeader& header = segment.tcp;
  if (state_ != State::syn_received) return acknowledge();
  const bool answers = header.ack && header.acknowledged == highest_sent_ &&
                       header.sequence + 1 == received_until_ && listener_ == nullptr;
  if (!answers) return send_control(unacknowledged_, true, false);
  if (!take_acknowledgement(segment)) return;
  acknowledge();
  output();
}

void TcpSocket::become_established() {
  state_ = State::established;
  if (listener_ == nullptr) return wake_writers();
  std::erase(listener_->backlog_->half_open, this);
  listener_->backlog_->ready.push_back(this);
  listener_->wake_readers();
}

// --- what was sent -------------------------------------------------------------------------------

bool TcpSocket::is_acceptable(const Packet& segment) const {
  const std::uint64_t begin = segment.tcp.sequence;
  const std::uint64_t length = length_of(segment);
  // A segment that only began inside the window was taken whole, and the window is shut since then:
  // what comes next is in order all the same (tcp_receive_window() of Linux).
  const std::uint64_t end = std::max(offered_until_, received_until_);
  if (length == 0 || segment.tcp.rst) return begin >= received_until_ && begin <= end;
  return begin + length > received_until_ && begin < offered_until_;
}

// Of a half-open connection. What acknowledges anything but its SYN is of another one.
bool TcpSocket::take_first_acknowledgement(const Packet& segment) {
  if (segment.tcp.acknowledged != highest_sent_) {
    send_control(segment.tcp.acknowledged, false, true);
    return false;
  }
  // Nobody has room for it: the peer is left to believe that it is connected, as on Linux.
  if (listener_ != nullptr && listener_->backlog_->ready.size() > listener_->backlog_->limit) {
    return false;
  }
  become_established();
  return true;
}

// Whether that changed anything. A segment that was overtaken tells of an older window: with the
// same sequence number a smaller one, for the end of a window never moves back.
bool TcpSocket::take_window(const Packet& segment) {
  const TcpHeader& header = segment.tcp;
  const bool is_news = header.acknowledged > unacknowledged_ || header.sequence > window_told_at_ ||
                       (header.sequence == window_told_at_ && header.window > peer_window_);
  if (!is_news) return false;
  window_told_at_ = header.sequence;
  if (header.window > 0) probe_window_at_ = Instant::max();
  return std::exchange(peer_window_, header.window) != header.window;
}

bool TcpSocket::take_acknowledgement(const Packet& segment) {
  const std::uint64_t acknowledged = segment.tcp.acknowledged;
  if (state_ == State::syn_received && !take_first_acknowledgement(segment)) return false;
  if (acknowledged > highest_sent_) {
    acknowledge();
    return false;
  }
  if (acknowledged < unacknowledged_) return true;  // an old one; what it carries may be new
  const bool window_changed = take_window(segment);
  if (acknowledged > unacknowledged_) {
    round_trip_.sample(stack_.now() - segment.tcp.echoed);
    advance(acknowledged);
  } else {
    count_duplicate(segment, window_changed);
  }
  return state_ != State::closed;
}

void TcpSocket::advance(std::uint64_t acknowledged) {
  const std::uint64_t bytes = acknowledged - unacknowledged_;
  if (acknowledged > send_begin_) {
    const std::uint64_t gone =
        std::min<std::uint64_t>(acknowledged - send_begin_, send_queue_.size());
    send_queue_.drop(gone);
    send_begin_ += gone;
  }
  unacknowledged_ = acknowledged;
  sent_until_ = std::max(sent_until_, acknowledged);
  retries_ = duplicates_ = 0;
  soft_error_ = 0;
  round_trip_.answered();
  waiting_since_ = stack_.now();
  retransmit_at_ = all_acknowledged() ? Instant::max() : stack_.now() + round_trip_.timeout();
  if (!congestion_.recovering()) {
    congestion_.acknowledged(bytes);
  } else if (acknowledged >= congestion_.recover_until()) {
    congestion_.recovered();
  } else {
    congestion_.partly_recovered(bytes);
    resend_first();
  }
  // A writer is woken for a third of the buffer, not for every byte.
  if (send_queue_.size() <= send_room_ - send_room_ / 3) wake_writers();
  if (fin_queued_ && unacknowledged_ > data_end()) after_our_fin();
}

void TcpSocket::count_duplicate(const Packet& segment, bool window_changed) {
  if (window_changed || length_of(segment) > 0 || all_acknowledged()) return;
  if (congestion_.recovering()) return congestion_.another_arrived();
  if (++duplicates_ != k_duplicates_that_mean_loss) return;
  congestion_.lost_one(in_flight(), highest_sent_);
  resend_first();
}

void TcpSocket::after_our_fin() {
  switch (state_) {
    case State::fin_wait_1:
      state_ = State::fin_wait_2;
      if (!has_handle_) give_up_at_ = stack_.now() + k_orphan_limit;
      return;
    case State::closing: return begin_time_wait();
    case State::last_ack: return end(0);
    default: return;
  }
}

void TcpSocket::begin_time_wait() {
  state_ = State::time_wait;
  give_up_at_ = stack_.now() + k_time_wait;
  if (std::exchange(bound_, false)) stack_.tcp_ports().release(*this, flow_.local_port);
}

// --- what arrives --------------------------------------------------------------------------------

void TcpSocket::take_data(PacketPointer segment) {
  // Nobody is there to read it any more: the peer should know (RFC 9293 3.6.1).
  if (!has_handle_ && listener_ == nullptr && segment->size() > 0) {
    send_reset();
    return end(0);
  }
  if (end_received_) return acknowledge();
  if (segment->tcp.sequence > received_until_) {
    keep_for_later(std::move(segment));
    return acknowledge();  // at once: three of them tell the peer what is missing
  }
  const bool was_gap = !early_.empty();
  append(*segment);
  take_early_ones();
  wake_readers();
  ++unacknowledged_segments_;
  if (end_received_) return after_their_fin();
  if (was_gap || unacknowledged_segments_ >= 2) return acknowledge();
  acknowledge_at_ = stack_.now() + k_delayed_acknowledgement;
}

// Of a segment that begins here or before: what is new of it.
bool TcpSocket::append(Packet& segment) {
  const std::uint64_t known = received_until_ - segment.tcp.sequence;
  if (known > segment.size()) return false;
  segment.drop_front(known);
  receive_queue_.append(segment.bytes());
  received_until_ += segment.size();
  if (!segment.tcp.fin) return true;
  ++received_until_;
  end_received_ = true;
  return true;
}

// Of two with the same beginning the longer one; so there are never more of them than the window
// has bytes.
void TcpSocket::keep_for_later(PacketPointer segment) {
  const auto place =
      std::ranges::lower_bound(early_, segment->tcp.sequence, {},
                               [](const PacketPointer& kept) { return kept->tcp.sequence; });
  if (place == early_.end() || (*place)->tcp.sequence != segment->tcp.sequence) {
    early_.insert(place, std::move(segment));
  } else if (length_of(**place) < length_of(*segment)) {
    *place = std::move(segment);
  }
}

void TcpSocket::take_early_ones() {
  std::size_t taken = 0;
  while (taken < early_.size() && early_[taken]->tcp.sequence <= received_until_) {
    if (!end_received_) append(*early_[taken]);
    ++taken;
  }
  early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(taken));
}

void TcpSocket::after_their_fin() {
  switch (state_) {
    case State::established: state_ = State::close_wait; break;
    case State::fin_wait_1: state_ = State::closing; break;
    case State::fin_wait_2: begin_time_wait(); break;
    default: break;
  }
  acknowledge();
  rearm();
}

void TcpSocket::unreachable(int error) {
  if (state_ == State::syn_sent) return end(error);
  if (is_synchronized()) soft_error_ = error;
}

}  // namespace patchbay::sim
