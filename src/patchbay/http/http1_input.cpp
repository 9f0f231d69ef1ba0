#include "patchbay/http/http1_input.hpp"

namespace patchbay {

namespace {

// A receive that looks once more when its time is over. Where this server itself stood still, what
// the client has sent meanwhile lies in the socket, and counts as if it had been seen in time. A
// deadline that has passed before is good for that look, too: what came may be read in pieces.
class LastLook : public ReceiveOp {
 public:
  LastLook(Stream& stream, Deadline deadline)
      : ReceiveOp(OpKind::receive, &stream.port(), stream.handle(), deadline), asked_(deadline) {}

  Result<Lease> await_resume() {
    if (outcome == Outcome::timed_out && !cut_short(asked_)) {
      outcome = Outcome::none;
      if (!port->attempt(*this)) outcome = Outcome::timed_out;
    }
    return ReceiveOp::await_resume();
  }

 private:
  Deadline asked_;
};

}  // namespace

Task<Result<bool>> Http1Input::more(Deadline deadline) {
  if (left_.empty()) lease_ = Lease();  // not held while waiting
  auto data = co_await LastLook(stream_, deadline);
  if (!data) co_return data.error();
  if (data->empty()) co_return false;
  if (left_.empty()) {
    lease_ = std::move(*data);
    left_ = lease_.text();
    co_return true;
  }
  std::string joined;
  joined.reserve(left_.size() + data->size());
  joined += left_;
  joined += data->text();
  joined_ = std::move(joined);
  left_ = joined_;
  lease_ = Lease();
  co_return true;
}

void Http1Input::compact() {
  std::string rest(left_);
  joined_.swap(rest);  // an assignment would keep its memory, where nothing is left
  left_ = joined_;
  lease_ = Lease();
}

// A head is longer than what std::string keeps within itself, so that moving one moves no bytes.
void Http1Input::pin() {
  pinned_lease_ = std::move(lease_);
  lease_ = Lease();
  pinned_text_ = std::move(joined_);
  joined_.clear();
}

void Http1Input::unpin() {
  // What is left may lie in what was pinned.
  if (lease_.empty() && joined_.empty()) {
    lease_ = std::move(pinned_lease_);
    joined_ = std::move(pinned_text_);
  }
  pinned_lease_ = Lease();
  pinned_text_.clear();
}

}  // namespace patchbay
