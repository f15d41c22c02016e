using Gatehouse.Doctor.Facts;
using Gatehouse.Problems;
using Gatehouse.Problems.Doctor;
using Gatehouse.Trust.Files;

namespace Gatehouse.Doctor.Hardening;

/// <summary>
/// Reads a file that is shown and replaced by the rules that it is replaced by: through no link. Its folder may be the service's own, and a
/// link there would show the service a file of root's in a plan that root makes.
/// </summary>
internal static class PlainFiles
{
    /// <summary>A file's bytes, or why there are none.</summary>
    /// <exception cref="ProblemException">GH3003: it is a link, or has other names.</exception>
    public static FileContent Read(IHost host, string path)
    {
        if (host is not LinuxHost)
        {
            return host.Read(path); // it has no links
        }

        string parent = Path.GetDirectoryName(path) ?? "/";
        if (host.Look(parent) is not { Status.IsFolder: true })
        {
            return host.Read(path) is { Bytes: null } nothing ? nothing : FileContent.Refused("its folder came while it was looked at");
        }

        try
        {
            using var folder = PinnedFolder.Open(parent);
            string name = Path.GetFileName(path);
            return folder.Look(name) is not { } status ? FileContent.Missing
                : status.Length > FileContent.Limit ? FileContent.Refused("it is larger than 16 MiB")
                : new FileContent(folder.Read(name), IsMissing: false, null);
        }
        catch (ProblemException refused) when (refused.Problem.Definition == TrustProblems.FileUnreadable || refused.Problem.Definition == TrustProblems.FileUnwritable)
        {
            return FileContent.Refused(refused.Problem.Text);
        }
    }
}
