// What a server's behaviour comes to: right, or in what way wrong.
#pragma once

#include <string>

#include "patchbay/tools/http/probe_answer.hpp"
#include "patchbay/tools/http/probe_question.hpp"

namespace patchbay {

enum class ProbeJudgement : std::uint8_t { right, wrong, unclear };

struct ProbeVerdict {
  ProbeJudgement judgement = ProbeJudgement::right;
  std::string seen;  // "400", "200 200", "nothing": what the server did
  std::string why;   // what is wrong with that, or unclear
};

// `base` is the status of an ordinary GET.
ProbeVerdict judge(const HttpQuestion& question, const ProbeHeard& heard, int base);

}  // namespace patchbay
