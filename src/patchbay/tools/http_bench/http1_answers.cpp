#include "patchbay/tools/http_bench/http1_answers.hpp"

#include <algorithm>

namespace patchbay {

namespace {

constexpr Http1Limits k_limits = {};
constexpr int k_switching_protocols = 101;

}  // namespace

void Http1Answers::reset() {
  outstanding_ = 0;
  body_.reset();
  partial_.clear();
  reason_ = nullptr;
  in_body_ = false;
  closing_ = false;
}

// Reads the head of the next answer. False: it is not whole yet, or it is none.
bool Http1Answers::begin(std::string_view& bytes) {
  if (outstanding_ == 0) {
    reason_ = "the peer answered what it was not asked";
    return false;
  }
  if (closing_) {
    reason_ = "the peer went on after the answer that it called its last";
    return false;
  }
  const std::string& known = known_.bytes;
  if (!partial_.empty() || known.empty() || bytes.size() < known.size() ||
      std::memcmp(bytes.data(), known.data(), known.size()) != 0) {
    return read_head(bytes);
  }
  bytes.remove_prefix(known.size());
  begin_body();
  return true;
}

bool Http1Answers::read_head(std::string_view& bytes) {
  for (;;) {
    const std::size_t before = partial_.size();
    if (before > 0) partial_ += bytes.substr(0, k_limits.head_bytes + 1);
    const std::string_view all = before > 0 ? std::string_view(partial_) : bytes;
    Http1Response& response = known_.response;
    const HeadState state = parse_response(all, method_, k_limits, response);
    if (state == HeadState::refused) {
      reason_ = response.refusal.reason;
      return false;
    }
    if (state == HeadState::incomplete) {
      if (before == 0) partial_ = bytes;
      return false;
    }
    if (response.status == k_switching_protocols) {
      reason_ = "the peer changed to another protocol";
      return false;
    }
    known_.bytes = all.substr(0, response.bytes);
    known_.status = response.status;
    known_.framing = response.framing;
    known_.keep_alive = response.keep_alive;
    bytes.remove_prefix(response.bytes - before);
    partial_.clear();
    if (response.status >= 200) break;
    known_.bytes.clear();  // an interim answer: another head follows
    if (bytes.empty()) return false;
  }
  begin_body();
  return true;
}

void Http1Answers::begin_body() {
  in_body_ = true;
  status_ = known_.status;
  keep_alive_ = known_.keep_alive;
  body_.reset();
  left_ = 0;
  if (known_.framing.kind == BodyKind::length) {
    left_ = known_.framing.content_length;
  } else if (known_.framing.kind != BodyKind::none) {
    body_.emplace(known_.framing);
  }
}

// True when the body has ended.
bool Http1Answers::skip_body(std::string_view& bytes) {
  if (!body_) {
    const std::uint64_t here = std::min<std::uint64_t>(left_, bytes.size());
    bytes.remove_prefix(static_cast<std::size_t>(here));
    left_ -= here;
    return left_ == 0;
  }
  while (!bytes.empty() && !body_->ended() && !body_->broken()) body_->take(bytes);
  if (body_->broken()) reason_ = body_->refusal().reason;
  return body_->ended();
}

}  // namespace patchbay
