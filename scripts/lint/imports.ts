import { isBuiltin } from 'node:module'
import { posix } from 'node:path'
import { type FolderRule, folderOf, folders, packageOwners, typesOnly } from './house.ts'

/**
 * Why a file may not import something, or undefined when it may.
 * @param file path of the importing file from the repository root, with `/`
 * @param specifier what stands between the quotes; undefined when it is computed
 * @param isType whether only types come from there, so that nothing is loaded
 */
export function importObjection(file: string, specifier: string | undefined, isType: boolean): string | undefined {
  const folder = folderOf(file)
  const rule = folder === undefined ? undefined : folders[folder]
  if (folder === undefined || rule === undefined) return undefined
  if (specifier === undefined)
    return rule.ambient ? undefined : 'Import a literal path: a computed one escapes the boundaries'
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier)
    return folderObjection(folder, rule, target) ?? (isType ? undefined : loadingObjection(folder, target))
  }
  if (/^[/#]|^file:/.test(specifier)) return `Import ours by relative path, not as '${specifier}'`
  if (isBuiltin(specifier)) return builtinObjection(folder, rule, specifier)
  return packageObjection(file, folder, rule, packageName(specifier))
}

function folderObjection(folder: string, rule: FolderRule, target: string): string | undefined {
  const targetFolder = folderOf(target)
  if (targetFolder === folder) return undefined
  // A file in the root is tool configuration or package.json, which carries the version.
  if (targetFolder === undefined) return target === 'package.json' ? undefined : `${folder}/ may not import '${target}'`
  if (rule.folders.includes(targetFolder)) return undefined
  return `${folder}/ may not import ${targetFolder}/`
}

function loadingObjection(folder: string, target: string): string | undefined {
  const rule = typesOnly[folder]
  if (rule === undefined || !target.startsWith(rule.of) || target === rule.but) return undefined
  return `${folder}/ takes only types from ${rule.of}: its schemas are not loaded there`
}

function builtinObjection(folder: string, rule: FolderRule, specifier: string): string | undefined {
  if (!rule.nodeBuiltins) return `${folder}/ may not import Node's '${specifier}'`
  if (!rule.ambient && /^(node:)?process$/.test(specifier)) {
    return `Use the global process: its env and clocks are checked, those of '${specifier}' are not`
  }
  return undefined
}

function packageObjection(file: string, folder: string, rule: FolderRule, name: string): string | undefined {
  const owners = packageOwners[name]
  if (owners !== undefined) {
    return owners.some((owner) => file.startsWith(owner)) ? undefined : `Only ${owners[0]} may import '${name}'`
  }
  if (rule.packages === 'any') return undefined
  const allowed = rule.packages.some((entry) => (entry.endsWith('/') ? name.startsWith(entry) : name === entry))
  return allowed ? undefined : `${folder}/ may not import the package '${name}'`
}

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}
