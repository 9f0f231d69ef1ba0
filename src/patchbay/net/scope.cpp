#include "patchbay/net/scope.hpp"

#include <cassert>

#include "patchbay/net/op.hpp"

namespace patchbay {

Scope::Scope(Scope* parent, Options options)
    : parent_(parent),
      owner_(options.owner),
      deadline_(options.deadline),
      shielded_(options.shielded) {
  if (parent_ == nullptr) return;
  next_ = parent_->first_child_;
  if (next_ != nullptr) next_->previous_ = this;
  parent_->first_child_ = this;
  if (shielded_) return;
  cancelled_ = parent_->cancelled_;
  deadline_ = deadline_.or_earlier(parent_->deadline_);
}

Scope::~Scope() {
  assert(waiting_ == nullptr && first_child_ == nullptr);
  if (parent_ == nullptr) return;
  (previous_ != nullptr ? previous_->next_ : parent_->first_child_) = next_;
  if (next_ != nullptr) next_->previous_ = previous_;
}

// Op::end only queues, it never resumes a task, so neither list changes under the walk.
void Scope::cancel() {
  if (cancelled_) return;
  cancelled_ = true;
  for (Op* op = waiting_; op != nullptr; op = op->scope_next_) {
    if (op->kind != OpKind::join) op->end(Outcome::cancelled);
  }
  for (Scope* child = first_child_; child != nullptr; child = child->next_) {
    if (!child->shielded_) child->cancel();
  }
}

void Scope::enter(Op& op) {
  op.scope_previous_ = nullptr;
  op.scope_next_ = waiting_;
  if (waiting_ != nullptr) waiting_->scope_previous_ = &op;
  waiting_ = &op;
}

void Scope::leave(Op& op) {
  (op.scope_previous_ != nullptr ? op.scope_previous_->scope_next_ : waiting_) = op.scope_next_;
  if (op.scope_next_ != nullptr) op.scope_next_->scope_previous_ = op.scope_previous_;
}

}  // namespace patchbay
