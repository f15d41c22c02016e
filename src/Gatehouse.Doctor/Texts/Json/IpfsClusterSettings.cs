using Gatehouse.Problems;

namespace Gatehouse.Doctor.Texts.Json;

/// <summary>
/// What IPFS Cluster runs with: <c>service.json</c>, and <c>CLUSTER_*</c> over it. A variable that is set to nothing counts: an empty
/// <c>CLUSTER_SECRET</c> takes the secret away. A variable of a section that the file does not have changes nothing.
/// </summary>
public static class IpfsClusterSettings
{
    // Read by ipfs-cluster-ctl, or by the image before there is a file.
    private static readonly HashSet<string> Apart = new(StringComparer.Ordinal) { "CLUSTER_CREDENTIALS", "CLUSTER_REFRESH" };

    /// <summary>What is in force of a file and an environment.</summary>
    /// <exception cref="ProblemException"><c>GH8103</c>: it is too much.</exception>
    public static SettingTree Of(JsonFile file, EnvironmentVariables environment)
    {
        Draft root = file.Tree;
        var remarks = new List<Remark>(file.Settings.Remarks);
        foreach (EnvironmentVariable variable in environment.All.Where(static v => v.Name.StartsWith("CLUSTER_", StringComparison.Ordinal) && !Apart.Contains(v.Name)))
        {
            IpfsClusterSection section = IpfsClusterSection.All.First(s => variable.Name.StartsWith(s.Prefix, StringComparison.Ordinal));
            if (!section.Names.TryGetValue(variable.Name[section.Prefix.Length..], out (string Name, IpfsValue Value) known))
            {
                remarks.Add(new Remark(RemarkKind.UnknownVariable, variable.Name, variable.Origin));
                continue;
            }

            if (root.Find(Written(root, section.Path)) is null)
            {
                remarks.Add(new Remark(RemarkKind.Ignored, variable.Name, variable.Origin));
                continue;
            }

            string[] path = Written(root, [.. section.Path, .. known.Name.Split('.')]);
            if (root.Find(path) is not null)
            {
                remarks.Add(new Remark(RemarkKind.Override, SettingPath.Of(path).ToString(), variable.Origin));
            }

            root = root.With(path, Value(variable, known.Value));
        }

        return root.ToTree(file.Source, remarks);
    }

    // In the letters of the file, which may be upper or lower case: the last of a name counts, so the last is laid over.
    private static string[] Written(Draft root, ReadOnlySpan<string> path)
    {
        string[] written = path.ToArray();
        Draft? here = root;
        for (int i = 0; i < written.Length && here is not null; i++)
        {
            written[i] = here.Members.LastOrDefault(m => m.Name.Equals(written[i], StringComparison.OrdinalIgnoreCase)).Name ?? written[i];
            here = here.Member(written[i]);
        }

        return written;
    }

    private static Draft Value(EnvironmentVariable variable, IpfsValue kind)
    {
        if (variable.Value is not { } text)
        {
            return Draft.Unknown($"the environment variable `{variable.Name}` is set to something that is not known", variable.Origin);
        }

        switch (kind)
        {
            case IpfsValue.Boolean:
                return text switch
                {
                    "1" or "t" or "T" or "true" or "TRUE" or "True" => Scalar(SettingKind.Boolean, "true", variable),
                    "0" or "f" or "F" or "false" or "FALSE" or "False" => Scalar(SettingKind.Boolean, "false", variable),
                    _ => Draft.Unknown($"the environment variable `{variable.Name}` is neither true nor false; the daemon does not start with it", variable.Origin),
                };
            case IpfsValue.List:
                var list = new Draft(SettingKind.List) { Origins = [variable.Origin] };
                list.Items.AddRange(Parts(text).Select(p => Scalar(SettingKind.Text, p, variable)));
                return list;
            case IpfsValue.Map:
                var map = new Draft(SettingKind.Map) { Origins = [variable.Origin] };
                foreach (string part in Parts(text))
                {
                    string[] pair = part.Split(':');
                    if (pair.Length != 2)
                    {
                        return Draft.Unknown($"the environment variable `{variable.Name}` is no list of name:value; the daemon does not start with it", variable.Origin);
                    }

                    map.Put(pair[0], Scalar(SettingKind.Text, pair[1], variable));
                }

                return map;
            default:
                return Scalar(kind == IpfsValue.Number ? SettingKind.Number : SettingKind.Text, text, variable);
        }
    }

    private static string[] Parts(string text) => text.AsSpan().Trim().IsEmpty ? [] : text.Split(',');

    private static Draft Scalar(SettingKind kind, string text, EnvironmentVariable variable) => Draft.Scalar(kind, text, variable.Origin, variable.Raw, isQuoted: false);
}
