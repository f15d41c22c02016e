using System.Text;
using Gatehouse.Doctor.Facts;

namespace Gatehouse.Doctor.Emqx.Reading;

/// <summary>A file of an installation.</summary>
/// <param name="Path">Its path on this host.</param>
/// <param name="Role">What it is: <c>emqx.conf</c>, <c>vm.args</c>.</param>
/// <param name="Problem">Why it could not be read, or null.</param>
internal sealed record EmqxFile(string Path, string Role, string? Problem)
{
    /// <summary>Whether users other than its owner and group get at it: every folder above it lets them pass, and it lets them read.</summary>
    public static bool IsOpenToOthers(IHost host, string path)
    {
        if (host.Look(path) is not { Status: { OthersRead: true } })
        {
            return false;
        }

        for (int slash = path.LastIndexOf('/'); slash > 0; slash = path.LastIndexOf('/', slash - 1))
        {
            // Folders of /proc/812/root are this user's way in, nobody else's.
            if (host.Look(path[..slash]) is { Status: { } folder } && (folder.Mode & 1) == 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>A text file, or null with the reason.</summary>
    public static string? Text(IHost host, string path, out string? problem, out bool isMissing)
    {
        FileContent content = host.Read(path);
        (problem, isMissing) = (content.Why, content.IsMissing);
        return content.Bytes is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
    }
}
