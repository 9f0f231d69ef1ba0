#include "patchbay/tools/http/probe_answer.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_most_bytes = 8 * 1024 * 1024;
constexpr std::size_t k_most_answers = 8;

}  // namespace

void ProbeReader::take(std::string_view bytes) {
  total_ += bytes.size();
  pending_ += bytes;
  while (!pending_.empty() && !useless()) {
    if (body_) {
      take_body();
      if (body_) break;
    } else if (!take_head()) {
      break;
    }
  }
  if (total_ > k_most_bytes) heard_.end = ProbeEnd::enough;
}

// True: go on with what is left of pending_.
bool ProbeReader::take_head() {
  const std::size_t index = heard_.answers.size();
  const std::string method = index < methods_.size() ? methods_[index] : "GET";
  const HeadState state = parse_response(pending_, method, {}, parsed_);
  if (state == HeadState::incomplete) return false;
  if (state == HeadState::refused) {
    heard_.garbage = parsed_.refusal.reason;
    return false;
  }
  const ProbeAnswer answer{.status = parsed_.status,
                           .keep_alive = parsed_.keep_alive,
                           .has_date = parsed_.fields.has("date"),
                           .coded = parsed_.fields.has("transfer-encoding")};
  const HttpFraming framing = parsed_.framing;
  pending_.erase(0, parsed_.bytes);
  if (answer.status < 200) return true;
  heard_.answers.push_back(answer);
  if (heard_.answers.size() > k_most_answers) {
    heard_.end = ProbeEnd::enough;
    return false;
  }
  body_.emplace(framing);
  if (body_->ended()) {
    heard_.answers.back().whole = true;
    body_.reset();
  }
  return true;
}

void ProbeReader::take_body() {
  std::string_view rest = pending_;
  while (!rest.empty() && !body_->ended() && !body_->broken()) body_->take(rest);
  pending_.erase(0, pending_.size() - rest.size());
  if (body_->broken()) heard_.garbage = body_->refusal().reason;
  if (!body_->ended()) return;
  heard_.answers.back().whole = true;
  body_.reset();
}

void ProbeReader::end(ProbeEnd end) {
  if (heard_.end != ProbeEnd::open) return;
  heard_.end = end;
  if (body_ && end == ProbeEnd::closed) {
    body_->peer_ended();
    heard_.answers.back().whole = body_->ended();
  }
  if (!body_ && !pending_.empty() && heard_.garbage == nullptr) {
    heard_.garbage = "it ends in the middle of a head";
  }
}

std::size_t ProbeReader::whole_answers() const {
  if (!pending_.empty() || heard_.answers.empty()) return 0;
  return heard_.answers.size() - (heard_.answers.back().whole ? 0 : 1);
}

}  // namespace patchbay
