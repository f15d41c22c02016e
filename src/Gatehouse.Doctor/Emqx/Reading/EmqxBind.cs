using System.Globalization;
using System.Net;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>Where something listens as EMQX's files write it.</summary>
/// <param name="Address">Null where the file names a port alone: the version and the security profile decide.</param>
/// <param name="Port">0: off.</param>
internal sealed record EmqxBind(IPAddress? Address, int Port)
{
    /// <summary>Reads <c>1883</c>, <c>:1883</c>, <c>127.0.0.1:1883</c>, <c>[::1]:1883</c>, <c>::1:1883</c>; null for anything else.</summary>
    public static EmqxBind? Parse(string? text)
    {
        string trimmed = (text ?? "").Trim();
        int colon = trimmed.LastIndexOf(':');
        if (!int.TryParse(trimmed.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port > ushort.MaxValue)
        {
            return null;
        }

        string host = colon > 0 ? trimmed[..colon].Trim('[', ']') : "";
        return host.Length == 0 ? new EmqxBind(null, port)
            : host == "localhost" ? new EmqxBind(IPAddress.Loopback, port)
            : IPAddress.TryParse(host, out IPAddress? address) ? new EmqxBind(address, port)
            : null;
    }
}
