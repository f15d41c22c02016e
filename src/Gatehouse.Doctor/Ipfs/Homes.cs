using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Ipfs;

/// <summary>A user and the folder that is home.</summary>
/// <param name="User">The user's number.</param>
/// <param name="Name">The user's name.</param>
/// <param name="Folder">The folder, in the root that was asked.</param>
internal sealed record Homes(uint User, string Name, string Folder)
{
    /// <summary>All that <c>/etc/passwd</c> of a root names.</summary>
    public static ImmutableArray<Homes> Read(IHost host, string root = "")
    {
        ImmutableArray<Homes>.Builder found = ImmutableArray.CreateBuilder<Homes>();
        foreach (string line in Encoding.UTF8.GetString(host.Read(root + "/etc/passwd").Bytes ?? []).Split('\n'))
        {
            if (line.Split(':') is [{ Length: > 0 } name, _, string number, _, _, ['/', ..] folder, ..] && uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint user))
            {
                found.Add(new Homes(user, name, folder));
            }
        }

        return found.ToImmutable();
    }
}
