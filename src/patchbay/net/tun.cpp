#include "patchbay/net/tun.hpp"

#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr const char* k_device = "/dev/net/tun";
constexpr const char* k_make = "make a TUN device";

Error explain_open(int code) {
  const Error error = Error::from_errno(code, "open").about(k_device);
  switch (code) {
    case ENOENT:
      return error.because("it is not there: no module `tun`, or a container that was not given it")
          .advising("sudo modprobe tun, or give the container --device /dev/net/tun");
    case ENODEV:
    case ENXIO: return error.because("the kernel has no TUN devices").advising("sudo modprobe tun");
    case EACCES:
    case EPERM:
      return error.because("this user may not open it")
          .advising("run it as root, or sudo chmod 0666 /dev/net/tun as most systems have it");
    default: return error;
  }
}

Error explain_make(int code) {
  const Error error = Error::from_errno(code, k_make);
  if (code == EPERM) {
    return error.because("the right to do it is missing (CAP_NET_ADMIN)")
        .advising("run it as root: sudo patchbay …");
  }
  return code == EBUSY ? error.because("another program has a device of this name") : error;
}

// A descriptor and the name that the device got.
struct Made {
  int descriptor = -1;
  std::string name;
};

// In the namespace of this thread: that in which the descriptor is opened is the device's.
Result<> make(const TunOptions& options, Made& made) {
  made.descriptor = ::open(k_device, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (made.descriptor < 0) return explain_open(errno);
  ifreq request{};
  options.name.copy(request.ifr_name, IFNAMSIZ - 1);
  request.ifr_flags = IFF_TUN | IFF_NO_PI;
  if (::ioctl(made.descriptor, TUNSETIFF, &request) != 0) return explain_make(errno);
  made.name = request.ifr_name;

  auto control = Rtnetlink::open();
  if (!control) return control.error();
  const auto set = control->set_up(made.name, {.mtu_bytes = options.mtu_bytes,
                                               .queue_packets = options.queue_packets,
                                               .link_local = false});
  if (!set) return set;
  for (const InterfaceAddress& address : options.addresses) {
    const auto added = control->add_address(made.name, address);
    if (!added) return added;
  }
  return ok();
}

}  // namespace

Result<Tun> Tun::open(const NetworkNamespace& where, const TunOptions& options) {
  if (options.name.size() >= IFNAMSIZ) {
    return Error(Fault::limit, k_make, "a device's name has at most 15 bytes").about(options.name);
  }
  Made made;
  const auto done = where.run_inside([&] { return make(options, made); });
  Engine& engine = Loop::current().engine();
  const auto handle = done ? engine.adopt(made.descriptor) : Result<int>(done.error());
  if (handle) return Tun(Stream(engine, *handle), std::move(made.name));
  if (made.descriptor >= 0) ::close(made.descriptor);
  return handle.error();
}

PacketOp Tun::send(std::span<const std::byte> packet, Deadline deadline) {
  // The operation only reads what it is given to write.
  const std::span<std::byte> bytes(const_cast<std::byte*>(packet.data()), packet.size());
  return {OpKind::write, &stream_.port(), stream_.handle(), deadline, bytes};
}

}  // namespace patchbay
