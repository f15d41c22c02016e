using System.Collections.Frozen;
using System.Text;
using Gatehouse.Protocols.Http;

namespace Gatehouse.Protocols.Ipfs;

/// <summary>
/// Options of Kubo's commands. Kubo ignores those that it does not know; here any may come, once, besides <c>arg</c>: what is a danger
/// with every command is refused by name.
/// </summary>
internal static class KuboOptions
{
    // Files of the host; another repository or daemon; the log of the daemon. All of Kubo's spellings.
    private static readonly FrozenSet<string> Refused = new[]
    {
        "nocopy", "fscache", "config", "c", "config-file", "repo-dir", "api", "api-auth", "debug", "D", "stdin-name", "ignore-rules-path",
    }.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    /// <summary>Checks the options of a command that goes on to Kubo.</summary>
    public static IpfsFault? Check(CanonicalTarget target)
    {
        for (int i = 0; i < target.ParameterCount; i++)
        {
            string name = Encoding.UTF8.GetString(target.ParameterName(i));
            if (Refused.Contains(name) && !target.ParameterValue(i).SequenceEqual("false"u8))
            {
                return IpfsFault.RefusedOption(name);
            }

            // Kubo tells upper and lower case apart, other readers of a query may not.
            if (name != "arg" && name.Equals("arg", StringComparison.OrdinalIgnoreCase))
            {
                return IpfsFault.UnknownOption();
            }
        }

        return null;
    }
}
