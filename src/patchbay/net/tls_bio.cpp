#include "patchbay/net/tls_bio.hpp"

#include "patchbay/net/tls_session.hpp"

namespace patchbay {

namespace {

TlsSession& session_of(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

int read_bio(BIO* bio, char* data, int size) {
  TlsSession& session = session_of(bio);
  BIO_clear_retry_flags(bio);
  const int count = session.read_lower(data, size);
  if (count < 0 && session.lower_blocked()) BIO_set_retry_read(bio);
  return count;
}

int write_bio(BIO* bio, const char* data, int size) {
  BIO_clear_retry_flags(bio);
  return session_of(bio).write_lower(data, size);
}

long control_bio(BIO*, int command, long, void*) {
  return command == BIO_CTRL_FLUSH ? 1 : 0;  // the session flushes; nothing else applies
}

// Made at the first session and kept: a program without TLS never gets here.
const BIO_METHOD* method() {
  static BIO_METHOD* const made = [] {
    BIO_METHOD* const fresh = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "a stream");
    if (fresh == nullptr) return fresh;
    BIO_meth_set_read(fresh, read_bio);
    BIO_meth_set_write(fresh, write_bio);
    BIO_meth_set_ctrl(fresh, control_bio);
    return fresh;
  }();
  return made;
}

}  // namespace

BIO* make_tls_bio(TlsSession& session) {
  BIO* const bio = method() == nullptr ? nullptr : BIO_new(method());
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, &session);
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace patchbay
