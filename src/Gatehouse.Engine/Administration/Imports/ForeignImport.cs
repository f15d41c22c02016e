using Gatehouse.Engine.Administration.Imports.Mqtt;
using Gatehouse.Policy;
using Gatehouse.Problems;

namespace Gatehouse.Engine.Administration.Imports;

/// <summary>Files of another system to a policy. Nobody gets more by it than they had there; what cannot be said is named with its place.</summary>
internal static class ForeignImport
{
    /// <summary>Roles of Elasticsearch.</summary>
    public const string Elasticsearch = "elasticsearch";

    /// <summary>The security plugin's files of OpenSearch.</summary>
    public const string OpenSearch = "opensearch";

    /// <summary>Reads the files together.</summary>
    /// <param name="system">Whose files they are.</param>
    /// <param name="files">Their names and bytes.</param>
    /// <param name="presentUsers">Users that are there already, and stay as they are.</param>
    /// <param name="presentRoles">Roles that are there already.</param>
    public static ImportReport Read(
        string system, IReadOnlyList<(string Name, ReadOnlyMemory<byte> Content)> files, IReadOnlySet<string> presentUsers, IReadOnlySet<string> presentRoles)
    {
        var report = new ImportReport();
        if (MqttImport.Knows(system))
        {
            MqttImport.Read(report, system, files, presentUsers);
            return report;
        }

        List<ForeignFile> read = [.. files.Select(file => ForeignFile.Read(file.Content.Span, file.Name, report.Faults)).OfType<ForeignFile>()];
        if (report.Faults.Count > 0)
        {
            return report;
        }

        if (system == Elasticsearch)
        {
            var import = new ElasticsearchImport(report, presentUsers);
            read.ForEach(import.Read);
        }
        else
        {
            ReadOpenSearch(report, read, presentUsers);
        }

        // Elastic's reserved roles are here by their names; OpenSearch may have others by these.
        new OpenSearchPeople(report, presentUsers).DropUnknown(
            role => report.Roles.ContainsKey(role) || presentRoles.Contains(role) || (system == Elasticsearch && BuiltInRoles.Contains(role)));
        return report;
    }

    private static void ReadOpenSearch(ImportReport report, List<ForeignFile> files, IReadOnlySet<string> presentUsers)
    {
        var roles = new OpenSearchImport(report);
        var people = new OpenSearchPeople(report, presentUsers);
        Dictionary<string, Action<ForeignFile>> readers = new(StringComparer.Ordinal)
        {
            // In the order in which they need each other.
            [OpenSearchFiles.Groups] = roles.ReadGroups,
            [OpenSearchFiles.Roles] = roles.ReadRoles,
            [OpenSearchFiles.Mappings] = people.ReadMappings,
            [OpenSearchFiles.Users] = people.ReadUsers,
        };
        foreach (ForeignFile file in files.Where(file => !readers.ContainsKey(OpenSearchFiles.KindOf(file))))
        {
            report.Faults.Add(ImportProblems.NotTheirs.Because(
                "is none of roles.yml, roles_mapping.yml, internal_users.yml and action_groups.yml", new ProblemLocation(file.Source), "`_meta.type` says which it is"));
        }

        foreach ((string kind, Action<ForeignFile> reader) in readers)
        {
            foreach (ForeignFile file in files.Where(file => OpenSearchFiles.KindOf(file) == kind))
            {
                reader(file);
            }
        }
    }
}
