//! Just enough of the kernel's routing socket to make links, addresses and routes without starting a program.

use std::io;
use std::os::fd::OwnedFd;

use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, recv, sendto, socket_with,
};

const HEADER_BYTES: usize = 16;
const ALIGNMENT: usize = 4;
const NLM_F_REQUEST: u16 = 0x1;
const NLM_F_ACK: u16 = 0x4;
const NLMSG_ERROR: u16 = 2;
const NLA_F_NESTED: u16 = 0x8000;

/// Fail when the thing to be made is there already, else make it.
pub(super) const NEW: u16 = 0x200 | 0x400;

/// An open routing socket of the network namespace it was opened in.
#[derive(Debug)]
pub(super) struct Netlink(OwnedFd);

/// A request being put together.
#[derive(Debug)]
pub(super) struct Request(Vec<u8>);

// === impl Request ===

impl Request {
    pub(super) fn new(kind: u16, flags: u16, body: &[u8]) -> Self {
        let mut bytes = vec![0; HEADER_BYTES];
        bytes[4..6].copy_from_slice(&kind.to_ne_bytes());
        bytes[6..8].copy_from_slice(&(flags | NLM_F_REQUEST | NLM_F_ACK).to_ne_bytes());
        bytes.extend_from_slice(body);
        Self(bytes)
    }

    pub(super) fn attribute(mut self, kind: u16, value: &[u8]) -> Self {
        let length = u16::try_from(4 + value.len()).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_ne_bytes());
        self.0.extend_from_slice(&kind.to_ne_bytes());
        self.0.extend_from_slice(value);
        self.align()
    }

    pub(super) fn text(self, kind: u16, value: &str) -> Self {
        self.attribute(kind, &[value.as_bytes(), &[0]].concat())
    }

    /// Bytes without a header of their own, as some attributes begin with.
    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self.align()
    }

    /// An attribute made of what `content` adds.
    pub(super) fn nested(mut self, kind: u16, content: impl FnOnce(Self) -> Self) -> Self {
        let start = self.0.len();
        self.0.extend_from_slice(&[0; 4]);
        let mut this = content(self);
        let length = u16::try_from(this.0.len() - start).unwrap_or(u16::MAX);
        this.0[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        this.0[start + 2..start + 4].copy_from_slice(&(kind | NLA_F_NESTED).to_ne_bytes());
        this
    }

    fn align(mut self) -> Self {
        self.0.resize(self.0.len().next_multiple_of(ALIGNMENT), 0);
        self
    }

    fn finish(mut self) -> Vec<u8> {
        let length = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0[0..4].copy_from_slice(&length.to_ne_bytes());
        self.0
    }
}

// === impl Netlink ===

impl Netlink {
    pub(super) fn open() -> io::Result<Self> {
        let socket =
            socket_with(AddressFamily::NETLINK, SocketType::RAW, SocketFlags::CLOEXEC, None)?;
        Ok(Self(socket))
    }

    /// Sends a request and waits for the kernel's verdict.
    pub(super) fn call(&self, request: Request) -> io::Result<()> {
        let kernel = SocketAddrNetlink::new(0, 0);
        sendto(&self.0, &request.finish(), SendFlags::empty(), &kernel)?;
        let mut buffer = vec![0; 8192];
        let (length, _) = recv(&self.0, &mut buffer, RecvFlags::empty())?;
        verdict(&buffer[..length])
    }

    /// The number of an interface.
    pub(super) fn index(&self, name: &str) -> io::Result<u32> {
        Ok(rustix::net::netdevice::name_to_index(&self.0, name)?)
    }
}

/// Reads the acknowledgement, which is an error message with the negated error number, zero for success.
fn verdict(message: &[u8]) -> io::Result<()> {
    let kind = message.get(4..6).and_then(|bytes| bytes.try_into().ok()).map(u16::from_ne_bytes);
    let code = message.get(HEADER_BYTES..HEADER_BYTES + 4).and_then(|bytes| bytes.try_into().ok());
    match (kind, code.map(i32::from_ne_bytes)) {
        (Some(NLMSG_ERROR), Some(0)) => Ok(()),
        (Some(NLMSG_ERROR), Some(code)) => Err(io::Error::from_raw_os_error(-code)),
        _ => Err(io::ErrorKind::InvalidData.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_has_its_length_in_front_and_aligned_attributes() {
        let bytes = Request::new(16, NEW, &[0; 16])
            .text(3, "eth0")
            .nested(18, |r| r.text(1, "veth"))
            .finish();
        assert_eq!(u32::from_ne_bytes(bytes[0..4].try_into().unwrap()) as usize, bytes.len());
        // Header, body, name with padding (4 + 5 + 3), and the nested attribute with the same inside.
        assert_eq!(bytes.len(), 16 + 16 + 12 + 4 + 12);
        assert_eq!(&bytes[32..36], &[9, 0, 3, 0]);
        assert_eq!(u16::from_ne_bytes(bytes[44..46].try_into().unwrap()), 16);
    }

    #[test]
    fn the_kernel_refuses_what_cannot_be() {
        let netlink = Netlink::open().unwrap();
        let error =
            netlink.call(Request::new(17, 0, &[0; 16]).text(3, "no-such-link")).unwrap_err();
        assert!([libc::ENODEV, libc::EPERM].contains(&error.raw_os_error().unwrap()), "{error}");
    }

    #[test]
    fn a_verdict_is_success_only_with_code_zero() {
        let mut message = vec![0; 36];
        message[4..6].copy_from_slice(&NLMSG_ERROR.to_ne_bytes());
        assert!(verdict(&message).is_ok());
        message[16..20].copy_from_slice(&(-libc::EEXIST).to_ne_bytes());
        assert_eq!(verdict(&message).unwrap_err().raw_os_error(), Some(libc::EEXIST));
        assert!(verdict(&message[..10]).is_err());
    }
}
